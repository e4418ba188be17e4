"""Train the forecasters on what was known at a time and measure the chosen one on the days that came after.

The days since the cut are forecast by the candidate, by the baseline and by the version that serves, each from
the same panel. What was measured is what is registered: the candidate is not fitted again on the hold-out, so
that a later cycle can compare it on days that it has not seen.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.base import columns
from models.base.errors import EmptyTraining
from models.evaluation.metrics import coverage80, wape
from models.forecasters import members
from models.forecasters.protocol import Forecaster

BASELINE = "seasonal_naive"
CHOSEN = "quantile_trees"
HORIZON = 28

Panel = Callable[[pd.Timestamp], pd.DataFrame]


@dataclass(frozen=True)
class MeasuredForecast:
    """Errors of one model on the hold-out: a row a film and day, with what came."""

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
class ForecasterCandidate:
    """A fitted model and what was measured of it, of the baseline and of what serves, on the same days."""

    model: Forecaster
    test: MeasuredForecast
    baseline: MeasuredForecast
    serving: MeasuredForecast | None
    origin: pd.Timestamp


def train(panel: Panel, now: pd.Timestamp, served: Forecaster | None) -> ForecasterCandidate:
    """Fit on all days up to four weeks before `now` and measure on the four weeks.

    Args:
        panel: the panel as it was known at a time.
        now: the newest day.

    Raises:
        EmptyTraining: the panel is too short, or no film was in release at the cut.
    """
    origin = now.normalize() - pd.Timedelta(days=HORIZON)
    known, actual = panel(origin), panel(now)
    model, baseline = members()[CHOSEN]().fit(known), members()[BASELINE]().fit(known)
    return ForecasterCandidate(
        model=model,
        test=measure(model, known, actual, origin),
        baseline=measure(baseline, known, actual, origin),
        serving=measure(served, known, actual, origin) if served else None,
        origin=origin,
    )


def measure(model: Forecaster, known: pd.DataFrame, actual: pd.DataFrame, origin: pd.Timestamp) -> MeasuredForecast:
    """Forecast from `origin` and put what came beside it.

    Raises:
        EmptyTraining: no day that was forecast has come.
    """
    made = model.forecast(known, origin, HORIZON)
    came = actual[[columns.FILM, columns.DATE, columns.GROSS]]
    days = made.merge(came, on=[columns.FILM, columns.DATE], how="inner")
    if days.empty:
        raise EmptyTraining(f"no film in release on {origin.date()} has a day after it: send box-office events")
    return MeasuredForecast(days)
