"""Seasonal features of a week: bumps round the year, and holidays."""

import numpy as np

from models.base.days import day_of_year
from models.films.calendar import holidays
from models.films.past import FloatArray, IntArray

_BUMPS = 52
_WIDTH = 9.0  # days: a season is felt so far around its middle
_YEAR = 365.25


def season_columns(first: IntArray) -> FloatArray:
    """Weeks that begin on days `first` (any shape) → that shape with a last axis of `season_names`.

    Bumps round the year join December to January; a holiday's column is 1 in the week that holds it.
    """
    middle = day_of_year(np.ravel(first) + 3)
    centres = np.arange(_BUMPS) * _YEAR / _BUMPS
    apart = np.abs(middle[:, None] - centres)
    bumps = np.exp(-((np.minimum(apart, _YEAR - apart) / _WIDTH) ** 2) / 2)
    held = [_holds(np.ravel(first), days) for days in holidays().values()]
    return np.column_stack([bumps, *held]).reshape(*np.shape(first), -1)


def season_names() -> list[str]:
    """The names of the columns that `season_columns` makes."""
    return [f"season {bump}" for bump in range(_BUMPS)] + [f"week of {name}" for name in holidays()]


def _holds(first: IntArray, holiday: IntArray) -> FloatArray:
    """1 where a holiday falls into the week that begins on the day."""
    after = np.searchsorted(holiday, first)
    return (holiday[np.minimum(after, len(holiday) - 1)] - first < 7).astype(np.float64)
