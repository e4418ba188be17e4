"""The gross of all films together, day by day: its level against earlier years, and the worth of a season."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from models.base.columns import DATE, GROSS
from models.base.days import day_number
from models.films.past import FloatArray, IntArray

YEAR = 364  # days: the same weekday, a year before
_MONTHS_BEFORE = 56
_LITTLE = 1e6  # dollars, so that a closed market is small and not minus infinity


@dataclass(frozen=True)
class Market:
    """Total gross a day from `first` (a day number) on; 0 on a day of which no film has a figure."""

    first: int
    gross: FloatArray  # US dollars

    @classmethod
    def of(cls, daily: pd.DataFrame) -> Self:
        """The market of daily grosses (date, gross), not empty; rows of one date are added up."""
        total = daily.groupby(DATE)[GROSS].sum()
        day = day_number(total.index.to_series())
        gross = np.zeros(int(day.max() - day.min()) + 1)
        gross[day - day.min()] = total.to_numpy(dtype=np.float64)
        return cls(int(day.min()), gross)

    def on(self, day: IntArray) -> FloatArray:
        """The market's gross on each of these days; NaN outside the span."""
        inside = (day >= self.first) & (day < self.first + len(self.gross))
        return np.where(inside, self.gross[np.clip(day - self.first, 0, len(self.gross) - 1)], np.nan)

    def between(self, begin: IntArray, end: IntArray) -> FloatArray:
        """Gross of the days from `begin` up to and without `end`; NaN where the span begins later."""
        running = np.concatenate([[0.0], np.cumsum(self.gross)])
        low, high = (np.clip(day - self.first, 0, len(self.gross)) for day in (begin, end))
        return np.where(begin >= self.first, running[high] - running[low], np.nan)

    def standing(self, by: IntArray) -> dict[str, FloatArray]:
        """Columns that compare the eight weeks before days `by` with those of a year and of three years before."""
        now = self.between(by - _MONTHS_BEFORE, by)
        before = [self.between(by - _MONTHS_BEFORE - YEAR * k, by - YEAR * k) for k in (1, 2, 3)]
        return {
            "market against last year": _log_ratio(now, before[0]),
            "market against three years": _log_ratio(now, np.mean(before, axis=0)),
            "market of a year": np.log(self.between(by - YEAR, by) + _LITTLE),
        }

    def worth(self, day: IntArray) -> FloatArray:
        """Log of what share of a year the four weeks around such a day took, from two to four years before."""
        past = [day - YEAR * k for k in (2, 3, 4)]
        shares = [_log_ratio(13 * self.between(at - 7, at + 21), self.between(at - 182, at + 182)) for at in past]
        return mean_of_known(shares)


def mean_of_known(values: list[FloatArray]) -> FloatArray:
    """The mean over arrays of one shape, entry by entry, of what is not NaN; NaN where all are."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _log_ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    """The log of a ratio of grosses, kept finite at 0."""
    return np.log((above + _LITTLE) / (below + _LITTLE))
