"""Compare the estimators of a task by time-ordered cross-validation, and forecast the test part by their stack."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from models.estimators.cases import Cases, FloatArray
from models.estimators.guess import Guess
from models.estimators.linear import Linear
from models.evaluation.metrics import coverage80, wape
from models.outlook.bands import bands
from models.outlook.outlook import CalibratedStack, asked_unseen, guessed_unseen
from models.tasks.task import Task
from pipelines.platform.profiling import Meter

CORRECTED = "stack, corrected by its errors"


@dataclass(frozen=True)
class MemberRow:
    """One member's errors on the validation forecasts, and the cost of its training."""

    member: str
    rmsle: float  # of log(1 + dollars)
    mdape: float  # median absolute percentage error; of a film's days together, where there are several
    wape: float
    cover80: float | None  # of the 80 % interval, where there is one
    seconds: float
    peak_bytes: int  # of the whole process meanwhile


@dataclass(frozen=True)
class ForecastEvaluation:
    """All members compared, the shares of the stack, the classical formula, and forecasts of the test part."""

    rows: list[MemberRow]
    shares: dict[str, float]
    formula: pd.DataFrame  # slot, column, coefficient
    predictions: pd.DataFrame  # the task's keys, prediction, lo80, hi80
    seconds: float
    peak_bytes: int


def evaluate_task(rounds: Sequence[Task], seed: int, began: Callable[[str], None]) -> ForecastEvaluation:
    """Fit each round on its training part and forecast its test part; rows are of the first round's validation.

    Nothing of the test part chooses anything: shares come from forecasts inside the training span. Outcomes of the
    test part that were known before a forecast move it and its interval, as they would have on that day.

    Args:
        rounds: of one task, in the order of time.
        began: told the name of each step as it begins.
    """
    with Meter() as meter:
        done = [_fitted(task, seed, began) for task in rounds]
        made = [_forecast(outlook, task) for (outlook, _), task in zip(done, rounds, strict=True)]
    outlook, costs = done[0]
    rows = _rows(rounds[0], outlook, costs, began)
    parts = outlook.stack.parts
    (formula,) = [part.coefficients() for part in parts if isinstance(part, Linear)]
    shares = {part.name: float(share) for part, share in zip(parts, outlook.stack.weights, strict=True)}
    return ForecastEvaluation(
        rows, shares, formula, pd.concat(made, ignore_index=True), meter.seconds, meter.peak_bytes
    )


def _fitted(task: Task, seed: int, began: Callable[[str], None]) -> tuple[CalibratedStack, dict[str, Meter]]:
    cases, outcome, stack = task.cases.take(task.learn), task.outcome[task.learn], task.stack(seed)
    costs: dict[str, Meter] = {}

    @contextmanager
    def watch(name: str) -> Iterator[None]:
        began(name)
        with Meter() as costs[name]:
            yield

    stack.watch = watch
    stack.fit(cases, outcome)
    return CalibratedStack.of(stack, cases, task.seen[task.learn]), costs


def _forecast(outlook: CalibratedStack, task: Task) -> pd.DataFrame:
    made = outlook.forecast(task.cases.take(task.ask), task.seen[task.ask])
    named = made.rename(columns={"q50": "prediction", "q10": "lo80", "q90": "hi80"})
    keys = task.keys[task.ask].reset_index(drop=True)
    return pd.concat([keys, named[["prediction", "lo80", "hi80"]]], axis=1)


def _rows(
    task: Task, outlook: CalibratedStack, costs: dict[str, Meter], began: Callable[[str], None]
) -> list[MemberRow]:
    """The baseline, the parts, the stack, and the stack as its own errors correct it, on the same forecasts."""
    stack, cases, outcome = outlook.stack, task.cases.take(task.learn), task.outcome[task.learn]
    group = task.keys[task.learn].iloc[:, 0].to_numpy()
    began(Guess.name)
    with Meter() as cost:
        guess = guessed_unseen(stack, cases, outcome)
    asked = np.isfinite(stack.unseen[stack.name])
    rows = [_row(Guess.name, cases, outcome, guess, asked, group, cost)]
    for name, made in stack.unseen.items():
        rows.append(_row(name, cases, outcome, made, asked, group, costs.get(name)))
    if not outlook.errors.move:
        return [*rows[:-1], _with_cover(rows[-1], outlook)]
    moved = stack.unseen[stack.name].copy()
    moved[asked_unseen(stack, task.seen[task.learn])] += outlook.errors.shifts()
    last = _row(CORRECTED, cases, outcome, moved, asked, group, None)
    return [*rows, _with_cover(last, outlook)]


def _row(
    name: str,
    cases: Cases,
    outcome: FloatArray,
    made: FloatArray,
    asked: np.ndarray,
    group: np.ndarray,
    cost: Meter | None,
) -> MemberRow:
    actual, predicted = cases.dollars(outcome[asked]), cases.dollars(made[asked])
    whole = pd.DataFrame({"actual": actual, "predicted": predicted}).groupby(group[asked]).sum()
    whole = whole[whole["actual"] > 0]
    return MemberRow(
        member=name,
        rmsle=float(np.sqrt(np.mean((np.log1p(predicted) - np.log1p(actual)) ** 2))),
        mdape=float(((whole["predicted"] - whole["actual"]).abs() / whole["actual"]).median()),
        wape=wape(actual, predicted),
        cover80=None,
        seconds=cost.seconds if cost else 0.0,
        peak_bytes=cost.peak_bytes if cost else 0,
    )


def _with_cover(row: MemberRow, outlook: CalibratedStack) -> MemberRow:
    """The coverage of the intervals that each forecast would have had by the errors known before it."""
    frame = outlook.errors.frame
    at, known, slot, spread = (frame[name].to_numpy() for name in ("at", "known", "slot", "spread"))
    left = outlook.left()
    low, high = bands(at, known, slot, left, spread)
    told = np.isfinite(low)
    return replace(row, cover80=coverage80(left[told], low[told], high[told]))
