"""Time-ordered cross-validation: every outcome is forecast by a model that learned only what was known before."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.base.errors import EmptyTraining
from models.estimators.cases import FEWEST, Cases, FloatArray, IntArray
from models.estimators.protocol import Estimator


@dataclass(frozen=True)
class Fold:
    """Positions of cases: what was known when the first of `asked` is forecast, and those."""

    learned: IntArray
    asked: IntArray


def folds(cases: Cases, number: int, first: float = 0.25) -> list[Fold]:
    """Consecutive stretches of the forecasts after the share `first` of them, each with all that was known before.

    Raises:
        EmptyTraining: there is too little before the first of them.
    """
    moments = np.unique(cases.at)
    edges = moments[np.linspace(first * len(moments), len(moments), number + 1).astype(int).clip(max=len(moments) - 1)]
    made = []
    for begin, end in zip(edges[:-1], [*edges[1:-1], edges[-1] + 1], strict=True):
        asked = np.flatnonzero((cases.at >= begin) & (cases.at < end))
        made.append(Fold(np.flatnonzero(cases.known <= begin), asked))
    if min(len(fold.learned) for fold in made) < FEWEST:
        raise EmptyTraining(
            f"only {len(made[0].learned)} of {len(cases)} outcomes are known before the first fold, {FEWEST} are "
            f"wanted: give a longer history of films"
        )
    return [fold for fold in made if len(fold.asked)]


def out_of_fold(
    make: Callable[[], Estimator], cases: Cases, outcome: FloatArray, parts: list[Fold]
) -> tuple[FloatArray, FloatArray]:
    """Forecasts and spreads of the cases that folds ask about, by new models that saw none of them; NaN elsewhere."""
    made, spread = np.full(len(cases), np.nan), np.full(len(cases), np.nan)
    for fold in parts:
        model = make().fit(cases.take(fold.learned), outcome[fold.learned])
        asked = cases.take(fold.asked)
        made[fold.asked], spread[fold.asked] = model.predict(asked), model.spread(asked)
    return made, spread
