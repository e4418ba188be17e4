"""The one interface of all forecasters."""

from abc import ABC, abstractmethod
from typing import Self

import pandas as pd

from models.base.saved import Saved


class Forecaster(Saved, ABC):
    """Learns from daily runs of films and forecasts the next days of every film in release.

    A member can be made without arguments. Rows may come in any order, and are never changed.

    A panel is a long frame, one row a film and day: film_id, date, gross, day (of the run, from 1), screens
    (may be missing), genres (a `|`-joined string). Days may be missing inside a run.
    """

    @abstractmethod
    def fit(self, panel: pd.DataFrame) -> Self:
        """Learn from all days of `panel` and return this changed model; raises EmptyTraining where they are too few."""

    @abstractmethod
    def forecast(self, panel: pd.DataFrame, origin: pd.Timestamp) -> pd.DataFrame:
        """Quantiles of the daily gross for the 28 days after `origin`, for each film in release then.

        In release means: a day with gross > 0 in the 7 days up to and with `origin`. Rows of `panel` after
        `origin` are not read.

        Returns:
            A frame of `columns.FORECASTS` with 0 ≤ q10 ≤ q50 ≤ q90, sorted by film_id and date, empty where no film is
            in release. The quantiles are of a day on which the film is still shown.
        """

    @abstractmethod
    def explain(self, panel: pd.DataFrame, origin: pd.Timestamp, film: str) -> pd.DataFrame:
        """What the medians of `film` are made of, added up over the 28 days after `origin`.

        Returns:
            Columns feature and contribution (dollars), strongest first; they sum to the medians, but for days on which
            these are cut at 0. No row where the film is not in release at `origin`.
        """
