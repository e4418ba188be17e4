"""Stacking (Wolpert 1992; Breiman 1996): weights of other estimators, chosen on out-of-fold forecasts."""

import itertools
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from functools import partial
from typing import ClassVar, Self

import numpy as np
import pandas as pd

from models.base.artifact import Artifact
from models.estimators import load_estimator
from models.estimators.cases import Cases, FloatArray
from models.estimators.linear import Linear
from models.estimators.protocol import Estimator, Loss
from models.estimators.selection import Fold, folds, out_of_fold
from models.estimators.trees import Trees

_STEPS = 20  # shares are multiples of a twentieth


class Stack(Estimator):
    """A weighted mean of its parts; the weights are ≥ 0 and sum to 1.

    After `fit`, `unseen` holds forecasts of training cases (NaN where there is none) by models that had not seen
    them: of each part by its name, of the stack by its own, with weights from earlier folds only. `unseen_spread`
    is the spread that goes with them. The `folds` follow the share `first` of the moments, which is only learned from.
    `watch` is entered around the work on each part, with the part's name.
    """

    name: ClassVar[str] = "stack"

    def __init__(
        self,
        parts: Sequence[Estimator] | None = None,
        loss: Loss = "squared",
        seed: int = 0,
        folds: int = 6,
        first: float = 0.25,
    ) -> None:
        """Sets `loss` and `seed` of the given parts, too; by default the parts are Linear and Trees."""
        self.loss, self.seed, self.folds, self.first = loss, seed, folds, first
        self.parts = list(parts) if parts else [Linear(), Trees()]
        self.watch: Callable[[str], AbstractContextManager[object]] = lambda name: nullcontext()
        for part in self.parts:
            part.loss, part.seed = loss, seed

    def fit(self, cases: Cases, outcome: FloatArray) -> Self:
        """Choose and keep the weights by time-ordered cross-validation, then fit the parts themselves on all cases."""
        stretches = folds(cases, self.folds, self.first)
        self.unseen: dict[str, FloatArray] = {}
        self.unseen_spread = np.ones(len(cases))
        for part in self.parts:
            with self.watch(part.name):
                self.unseen[part.name], spread = out_of_fold(partial(copy, part), cases, outcome, stretches)
                part.fit(cases, outcome)
            if part.tells_spread:
                self.unseen_spread = spread
        made = np.stack(list(self.unseen.values()), axis=1)
        self.weights = best_shares(made, outcome, cases.weight, self.loss)
        self.unseen[self.name] = self._with_earlier_shares(made, outcome, cases.weight, stretches)
        return self

    def predict(self, cases: Cases) -> FloatArray:
        """The weighted mean of the parts, shape (cases,)."""
        return np.asarray(
            np.sum([share * part.predict(cases) for share, part in self._shares()], axis=0), dtype=np.float64
        )

    def spread(self, cases: Cases) -> FloatArray:
        """The spread of the part which tells one, else the same for all cases: shape (cases,)."""
        told = [part.spread(cases) for part in self.parts if part.tells_spread]
        return told[0] if told else super().spread(cases)

    def contributions(self, cases: Cases) -> pd.DataFrame:
        """The weighted mean of the parts' contributions."""
        shared = [share * part.contributions(cases) for share, part in self._shares()]
        total = shared[0]
        for parts in shared[1:]:
            total = total + parts[total.columns]
        return total

    def _write_files(self, files: Artifact) -> None:
        """Write settings, weights and each part into the artifact's folder."""
        settings = {"loss": self.loss, "seed": self.seed, "folds": self.folds, "first": self.first}
        shares = {part.name: float(share) for share, part in self._shares()}
        files.write_json("settings", {**settings, "weights": shares, "order": list(shares)})
        for part in self.parts:
            part.save(files.folder / part.name)

    @classmethod
    def _read_files(cls, files: Artifact) -> Self:
        """Read what `_write_files` wrote, as a new model."""
        settings = files.read_json("settings")
        parts = [load_estimator(files.folder / name) for name in settings["order"]]
        model = cls(parts, settings["loss"], settings["seed"], settings["folds"], settings["first"])
        model.weights = np.array([settings["weights"][name] for name in settings["order"]])
        return model

    def _shares(self) -> list[tuple[float, Estimator]]:
        """Each part with its weight."""
        return list(zip(self.weights.tolist(), self.parts, strict=True))

    def _with_earlier_shares(
        self, made: FloatArray, outcome: FloatArray, weight: FloatArray, stretches: list[Fold]
    ) -> FloatArray:
        """Weight the parts' forecasts of each fold by what was best on the folds before; the first equally."""
        mixed, shares = np.full(len(made), np.nan), np.full(made.shape[1], 1 / made.shape[1])
        before: list[np.ndarray] = []
        for fold in stretches:
            mixed[fold.asked] = made[fold.asked] @ shares
            before.append(fold.asked)
            rows = np.concatenate(before)
            shares = best_shares(made[rows], outcome[rows], weight[rows], self.loss)
        return mixed


def best_shares(made: FloatArray, outcome: FloatArray, weight: FloatArray, loss: Loss) -> FloatArray:
    """The shares, ≥ 0 and summing to 1, in twentieths, with the least weighted loss; rows with NaN do not count.

    Args:
        made: forecasts, shape (cases, parts).
    """
    known = np.isfinite(made).all(axis=1)
    made, outcome, weight = made[known], outcome[known], weight[known]
    candidates = np.array(list(_compositions(made.shape[1]))) / _STEPS
    losses = [_loss(made @ shares - outcome, weight, loss) for shares in candidates]
    return np.asarray(candidates[int(np.argmin(losses))], dtype=np.float64)


def _compositions(parts: int) -> list[tuple[int, ...]]:
    """All ways to share twentieths among so many parts."""
    bars = itertools.combinations(range(_STEPS + parts - 1), parts - 1)
    return [tuple(b - a - 1 for a, b in zip((-1, *cut), (*cut, _STEPS + parts - 1), strict=True)) for cut in bars]


def _loss(off: FloatArray, weight: FloatArray, loss: Loss) -> float:
    """The weighted sum of squared or absolute errors."""
    return float((weight * (off**2 if loss == "squared" else np.abs(off))).sum())
