"""A fitted stack with its known errors, which correct the next forecasts and set their intervals."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.base.artifact import Artifact
from models.base.saved import Saved
from models.estimators.cases import Cases, FloatArray
from models.estimators.guess import Guess
from models.estimators.selection import folds, out_of_fold
from models.estimators.stack import Stack
from models.outlook.bands import STEP, bands
from models.outlook.dollars import in_dollars
from models.outlook.level import level_shifts
from models.outlook.memory import shifts

MEMORY = "errors of related films"


@dataclass(frozen=True)
class Errors:
    """Errors (outcome minus the estimator's forecast, logs) with what is needed to learn from them."""

    frame: pd.DataFrame  # at, known, slot, error (NaN where the outcome is not known), spread; of runs also made, run
    kin: pd.DataFrame | None

    @classmethod
    def of(cls, cases: Cases, made: FloatArray, error: FloatArray, spread: FloatArray) -> Self:
        """The errors of forecasts of cases (logs), with what is needed to learn from them; NaN where none is known."""
        columns = {"at": cases.at, "known": cases.known, "slot": cases.slot, "error": error, "spread": spread}
        of_runs = {} if cases.run is None else {"made": made, "run": cases.run}
        return cls(pd.DataFrame({**columns, **of_runs}), cases.kin)

    @property
    def move(self) -> bool:
        """Whether they shift the next forecasts: those of films that share names, and of runs."""
        return self.kin is not None or "run" in self.frame

    def and_then(self, later: Self) -> Self:
        """A new object with these errors, then the later ones."""
        kin = None if self.kin is None or later.kin is None else pd.concat([self.kin, later.kin], ignore_index=True)
        return replace(self, frame=pd.concat([self.frame, later.frame], ignore_index=True), kin=kin)

    def shifts(self) -> FloatArray:
        """By how much each forecast is to be moved, because of the errors known before it (logs)."""
        at, known, error = (self.frame[name].to_numpy() for name in ("at", "known", "error"))
        if self.kin is not None:
            return shifts(self.kin, at, known, error)
        if "run" in self.frame:
            return level_shifts(self.frame["run"].to_numpy(), at, known, self.frame["made"].to_numpy(), error)
        return np.zeros(len(self.frame))


class CalibratedStack(Saved):
    """Forecasts quantiles of cases; errors of its earlier forecasts shift them and set their width.

    `step` is how much each outcome moves the share that its interval leaves outside (see `bands.py`).
    """

    name: ClassVar[str] = "outlook"

    def __init__(self, stack: Stack, errors: Errors, step: float = STEP) -> None:
        self.stack, self.errors, self.step = stack, errors, step

    @classmethod
    def of(cls, stack: Stack, cases: Cases, seen: FloatArray) -> Self:
        """Wrap a stack already fitted to these cases, with its out-of-fold errors; nothing is fitted here.

        Args:
            seen: the outcomes as they stood on the days `cases.known`.
        """
        there = asked_unseen(stack, seen)
        made = stack.unseen[stack.name][there]
        return cls(stack, Errors.of(cases.take(there), made, seen[there] - made, stack.unseen_spread[there]))

    def left(self) -> FloatArray:
        """What is left of each known error after its shift by the errors known before it (logs)."""
        return np.asarray(self.errors.frame["error"].to_numpy() - self.errors.shifts())

    def forecast(self, cases: Cases, seen: FloatArray | None = None) -> pd.DataFrame:
        """Quantiles in dollars, a row a case: q10, q50, q90.

        Args:
            cases: what is asked.
            seen: their outcomes as they stood on the days `cases.known`, NaN where there is none. Each moves only the
                forecasts that are made after it was known.
        """
        middle, shift, after = self._moved(cases, seen)
        at, known, slot = (after.frame[name].to_numpy() for name in ("at", "known", "slot"))
        left = after.frame["error"].to_numpy() - shift
        ends = bands(at, known, slot, left, after.frame["spread"].to_numpy(), step=self.step)
        low, high = (end[-len(cases) :] for end in ends)
        logs = {"q10": middle + low, "q50": middle, "q90": middle + high}
        return pd.DataFrame({name: cases.dollars(values) for name, values in logs.items()})

    def explain(self, cases: Cases, seen: FloatArray | None = None) -> pd.DataFrame:
        """Contributions in dollars that sum to the forecast's q50 (before it is cut at 0), a row a case."""
        _, shift, _ = self._moved(cases, seen)
        parts = self.stack.contributions(cases)
        if self.errors.move:
            parts[MEMORY] = shift[-len(cases) :]
        return in_dollars(parts, cases.floor)

    def _write_files(self, files: Artifact) -> None:
        """Write the stack and its errors into the artifact's folder."""
        self.stack.save(files.folder / "stack")
        files.write_frame("errors", self.errors.frame)
        if self.errors.kin is not None:
            files.write_frame("kin", self.errors.kin.map(list))

    @classmethod
    def _read_files(cls, files: Artifact) -> Self:
        """Read what `_write_files` wrote, as a new object."""
        kin = files.read_frame("kin").map(tuple) if (files.folder / "kin.parquet").exists() else None
        return cls(Stack.load(files.folder / "stack"), Errors(files.read_frame("errors"), kin))

    def _moved(self, cases: Cases, seen: FloatArray | None) -> tuple[FloatArray, FloatArray, Errors]:
        """The cases' forecasts, and the shifts of all errors: those known before, then the cases' own."""
        middle = self.stack.predict(cases)
        error = np.full(len(cases), np.nan) if seen is None else seen - middle
        after = self.errors.and_then(Errors.of(cases, middle, error, self.stack.spread(cases)))
        shift = after.shifts()
        return middle + shift[-len(cases) :], shift, after


def asked_unseen(stack: Stack, seen: FloatArray) -> npt.NDArray[np.bool_]:
    """A mask of the cases, of those a stack was fitted to, that have an out-of-fold forecast and an outcome."""
    return np.isfinite(stack.unseen[stack.name]) & np.isfinite(seen)


def guessed_unseen(stack: Stack, cases: Cases, outcome: FloatArray) -> FloatArray:
    """Fit the baseline fold by fold: its out-of-fold forecasts of the same cases (logs); NaN where there is none."""
    stretches = folds(cases, stack.folds, stack.first)
    return out_of_fold(lambda: Guess(loss=stack.loss), cases, outcome, stretches)[0]
