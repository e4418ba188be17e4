"""Fits the forecaster on all days but the last four weeks, and measures it on these beside what serves.

The baseline, the candidate and the version that serves forecast from the same panel. What was measured is what is
registered: the candidate is not fitted again on the hold-out, so that a later cycle can compare it on days that it has
not seen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from models.base import columns
from models.base.errors import EmptyTraining
from models.evaluation.metrics import coverage80, wape
from models.forecasters import members
from models.forecasters.protocol import Forecaster
from pipelines.promotion import gate

FAMILY = "forecaster"
BASELINE = "seasonal_naive"
CHOSEN = "quantile_trees"
HORIZON = 28

Panel = Callable[[pd.Timestamp], pd.DataFrame]


@dataclass(frozen=True)
class HeldOutForecasts:
    """One model's forecasts of the hold-out: a row a film and day, with the actual gross."""

    days: pd.DataFrame

    @property
    def wape(self) -> float:
        """Weighted absolute percentage error of the median over all days."""
        return wape(self._column(columns.GROSS), self._column("q50"))

    @property
    def cover80(self) -> float:
        """Share of the days whose gross fell into the 80 % interval."""
        return coverage80(self._column(columns.GROSS), self._column("q10"), self._column("q90"))

    def errors(self) -> pd.Series:
        """Absolute error a film, in dollars, summed over its days."""
        missed = (self.days[columns.GROSS] - self.days["q50"]).abs()
        return missed.groupby(self.days[columns.FILM]).sum()

    def _column(self, name: str) -> np.ndarray:
        return self.days[name].to_numpy(dtype=np.float64)


@dataclass(frozen=True)
class Candidate:
    """A fitted model and what was measured of it, of the baseline and of what serves, on the same days."""

    model: Forecaster
    test: HeldOutForecasts
    baseline: HeldOutForecasts
    serving: HeldOutForecasts | None
    origin: pd.Timestamp

    def comparison(self) -> dict[str, Any]:
        """The candidate beside what serves, or beside the baseline where nothing does, as the gate decides by it."""
        against, other = ("what serves", self.serving) if self.serving else (BASELINE, self.baseline)
        return gate.compare(self.test.errors(), other.errors(), against, "absolute error a film", better="lower")


def fit_and_measure(panel: Panel, now: pd.Timestamp, served: Forecaster | None) -> Candidate:
    """Fit on all days up to four weeks before `now` and measure on the four weeks.

    Args:
        panel: the panel as it was known at a time.
        now: the newest day.

    Raises:
        EmptyTraining: the panel is too short, or no film was in release four weeks before `now`.
    """
    origin = now.normalize() - pd.Timedelta(days=HORIZON)
    known, actual = panel(origin), panel(now)
    model, baseline = members()[CHOSEN]().fit(known), members()[BASELINE]().fit(known)
    return Candidate(
        model=model,
        test=_measured(model, known, actual, origin),
        baseline=_measured(baseline, known, actual, origin),
        serving=_measured(served, known, actual, origin) if served else None,
        origin=origin,
    )


def _measured(model: Forecaster, known: pd.DataFrame, actual: pd.DataFrame, origin: pd.Timestamp) -> HeldOutForecasts:
    """The forecasts from `origin`, joined with the actuals.

    Raises:
        EmptyTraining: no day that was forecast has come.
    """
    made = model.forecast(known, origin)
    grosses = actual[[columns.FILM, columns.DATE, columns.GROSS]]
    days = made.merge(grosses, on=[columns.FILM, columns.DATE], how="inner")
    if days.empty:
        raise EmptyTraining(f"no film in release on {origin.date()} has a day after it: send box-office events")
    return HeldOutForecasts(days)
