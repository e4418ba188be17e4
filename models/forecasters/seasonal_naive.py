"""Baseline: seasonal naive, which repeats the last 7 days, weekday by weekday."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import pandas as pd

from models.base.artifact import Artifact
from models.base.columns import FILM
from models.base.days import day_number
from models.forecasters.protocol import Forecaster
from models.forecasters.quantiles import forecast_frame, strongest_first, week_ahead, weeks_ahead
from models.forecasters.runs import WEEK, DailyRuns, FloatArray, require_days, require_every_week


@dataclass(eq=False)
class SeasonalNaive(Forecaster):
    """The median is the gross of the same weekday in the last 7 days, their mean where that is not reported.

    The 80 % interval is the 10 % and 90 % quantile of the log ratios of actual to forecast that this rule had
    in the training, by week ahead, widened where that does not hold the median.
    """

    name: ClassVar[str] = "seasonal_naive"
    horizon: int = 28

    def fit(self, panel: pd.DataFrame) -> Self:
        """Learn, and keep in this model, the errors of the rule from all days of `panel`."""
        runs = DailyRuns.of(panel)
        require_days(runs, self.horizon + WEEK)
        film, origin = runs.origins(WEEK)
        ahead = np.arange(1, self.horizon + 1)
        actual = runs.at(runs.gross, film[:, None], origin[:, None] + ahead)
        error = np.log1p(actual) - np.log1p(runs.repeated(film, origin, self.horizon))
        weeks = [error[:, week_ahead(ahead) == week] for week in range(weeks_ahead(self.horizon))]
        require_every_week([np.isfinite(week).sum() for week in weeks])
        self.spread: FloatArray = np.array([np.nanquantile(week, (0.1, 0.9)) for week in weeks])  # (weeks, 2)
        return self

    def forecast(self, panel: pd.DataFrame, origin: pd.Timestamp) -> pd.DataFrame:
        """Forecast the last week again as the median, with the quantiles that this rule's errors had."""
        runs, day = DailyRuns.of(panel, origin), int(day_number(origin))
        film = runs.in_release(day)
        median = runs.repeated(film, np.full(len(film), day), self.horizon)
        low, high = np.exp(self.spread[week_ahead(np.arange(1, self.horizon + 1))]).T
        quantiles = np.stack([median * np.minimum(low, 1.0), median, median * np.maximum(high, 1.0)], axis=2)
        return forecast_frame(runs, film, origin, quantiles)

    def explain(self, panel: pd.DataFrame, origin: pd.Timestamp, film: str) -> pd.DataFrame:
        """What the medians are made of: one row, the last week, repeated."""
        made = self.forecast(panel, origin)
        own = made[made[FILM] == film]
        return strongest_first(pd.Series({"the last week": own["q50"].sum()} if len(own) else {}, dtype=float))

    def _write_files(self, files: Artifact) -> None:
        """Write settings and the errors' quantiles into the artifact's folder."""
        super()._write_files(files)
        files.write_arrays("learned", {"spread": self.spread})

    @classmethod
    def _read_files(cls, files: Artifact) -> Self:
        """Read what `_write_files` wrote, as a new model."""
        model = super()._read_files(files)
        model.spread = files.read_arrays("learned")["spread"]
        return model
