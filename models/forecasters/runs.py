"""Films' daily runs as sorted arrays: the one place where a panel's ids and dates become integers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.base.columns import DATE, FILM, GROSS
from models.base.days import day_number
from models.base.errors import EmptyTraining

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

WEEK = 7
_STRIDE = 2**22  # more than any two dates are apart, so that film and date make one sortable key


@dataclass(frozen=True)
class DailyRuns:
    """A panel (see the protocol) sorted by film and date; `film` are positions in `films`, dates day numbers.

    All arrays but `films` have one entry per reported day. What a panel lacks is NaN, of genres "".
    """

    films: pd.Index
    film: IntArray
    date: IntArray
    gross: FloatArray  # US dollars
    screens: FloatArray
    day: FloatArray  # of the run, from 1
    genres: npt.NDArray[np.object_]

    @classmethod
    def of(cls, panel: pd.DataFrame, until: pd.Timestamp | None = None) -> Self:
        """The days of `panel` up to and with `until` (all by default), in whatever order they come."""
        known = panel if until is None else panel[panel[DATE] <= until]
        films = pd.Index(np.asarray(known[FILM], dtype=object)).unique().sort_values()
        film = films.get_indexer(pd.Index(np.asarray(known[FILM], dtype=object)))
        date = day_number(known[DATE])
        order = np.lexsort((known[GROSS], date, film))
        texts = known["genres"].fillna("") if "genres" in known else pd.Series("", index=known.index)
        return cls(
            films=films,
            film=film[order],
            date=date[order],
            gross=_numbers(known, GROSS)[order],
            screens=_numbers(known, "screens")[order],
            day=_numbers(known, "day")[order],
            genres=texts.to_numpy(dtype=object)[order],
        )

    @property
    def span(self) -> int:
        """Days from the first to the last, both counted; 0 where there is none."""
        return int(self.date.max() - self.date.min()) + 1 if len(self.date) else 0

    @property
    def first(self) -> IntArray:
        """Where each film's first day stands in the arrays, shape (films,)."""
        return np.searchsorted(self.film, np.arange(len(self.films)))

    def at(self, values: FloatArray, film: IntArray, date: IntArray) -> FloatArray:
        """`values`, one of the arrays, of these films on these dates; NaN where the day is not reported."""
        keys, wanted = self.film * _STRIDE + self.date, film * _STRIDE + date
        place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.where(keys[place] == wanted, values[place], np.nan)

    def last_weeks(self, values: FloatArray, film: IntArray, origin: IntArray, weeks: int) -> FloatArray:
        """`values` on the days up to and with each origin, oldest first: shape (origins, 7 · weeks)."""
        lags = np.arange(1 - WEEK * weeks, 1)
        return self.at(values, film[:, None], origin[:, None] + lags)

    def repeated(self, film: IntArray, origin: IntArray, horizon: int) -> FloatArray:
        """The gross of the last 7 days again and again, where not reported their mean: (origins, horizon)."""
        week = self.last_weeks(self.gross, film, origin, weeks=1)
        reported = np.isfinite(week)
        mean = np.where(reported, week, 0.0).sum(axis=1) / reported.sum(axis=1)
        return np.where(reported, week, mean[:, None])[:, np.arange(horizon) % WEEK]

    def in_release(self, origin: int) -> IntArray:
        """The films with a gross above 0 in the 7 days up to and with `origin`."""
        recent = (self.date > origin - WEEK) & (self.date <= origin) & (self.gross > 0)
        return np.unique(self.film[recent])

    def origins(self, step: int) -> tuple[IntArray, IntArray]:
        """Films and origins, every `step` ≤ 7 days while in release, from a start that differs by film."""
        date, film = self.date[self.gross > 0], self.film[self.gross > 0]
        origin = date + -(date + film) % step
        pairs = np.unique(np.stack([film, origin], axis=1)[origin <= self.date.max()], axis=0)
        return pairs[:, 0], pairs[:, 1]


def require_days(runs: DailyRuns, wanted: int) -> None:
    """Raises EmptyTraining where the panel spans fewer than `wanted` days."""
    if runs.span < wanted:
        raise EmptyTraining(
            f"the panel spans {runs.span} days with {len(runs.films)} films, {wanted} days are wanted: "
            f"ingest more of the box office"
        )


def require_every_week(days: Sequence[int]) -> None:
    """Raises EmptyTraining where a training saw no day in one of the weeks ahead.

    Args:
        days: how many days were seen in each week ahead, from the first.

    Raises:
        EmptyTraining: one of them is 0.
    """
    if 0 in days:
        week = list(days).index(0) + 1
        raise EmptyTraining(
            f"no film is reported {WEEK * (week - 1) + 1} to {WEEK * week} days after a day to learn from: "
            f"ingest longer runs"
        )


def _numbers(panel: pd.DataFrame, column: str) -> FloatArray:
    """A column of the panel as floats; all NaN where the panel lacks it."""
    if column not in panel:
        return np.full(len(panel), np.nan)
    return panel[column].to_numpy(dtype=np.float64, na_value=np.nan)
