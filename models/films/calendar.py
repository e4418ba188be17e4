"""The American film year: where a day stands in it, and how far from the holidays that fill cinemas."""

from functools import cache

import numpy as np
import pandas as pd
from dateutil.easter import easter

from models.base.days import day_of_year
from models.films.past import FloatArray, IntArray

_FIRST, _LAST = 1980, 2060
_MONDAY, _THURSDAY = 0, 3


def season(day: IntArray) -> dict[str, FloatArray]:
    """Columns on each day's place in the year: its number, and three waves that join December to January."""
    angle = 2 * np.pi * day_of_year(day) / 365.25
    waves = {
        f"{name} of the year, {k}": wave(k * angle)
        for k in (1, 2, 3)
        for name, wave in (("sine", np.sin), ("cosine", np.cos))
    }
    return {"day of the year": day_of_year(day), **waves}


def distances(day: IntArray, reach: int, of: str) -> dict[str, FloatArray]:
    """Columns of days to each holiday (negative after it), at most `reach` away and else `reach` + 1."""
    columns = {}
    for name, dates in holidays().items():
        after = np.searchsorted(dates, day)
        to, since = dates[after] - day, day - dates[after - 1]
        near = np.where(to <= reach, to, np.where(since <= reach, -since, reach + 1))
        columns[f"{of}: days to {name}"] = near.astype(np.float64)
    return columns


@cache
def holidays() -> dict[str, IntArray]:
    """Day numbers, ascending, by name of the holidays around which people go to the cinema at other times; cached."""
    years = range(_FIRST, _LAST)
    dates = {
        "New Year": [pd.Timestamp(year, 1, 1) for year in years],
        "Martin Luther King Day": [_nth_weekday_of_month(year, 1, _MONDAY, 3) for year in years],
        "Valentine's Day": [pd.Timestamp(year, 2, 14) for year in years],
        "Presidents' Day": [_nth_weekday_of_month(year, 2, _MONDAY, 3) for year in years],
        "Easter": [pd.Timestamp(easter(year)) for year in years],
        "Memorial Day": [_nth_weekday_of_month(year, 6, _MONDAY, 1) - pd.Timedelta(days=7) for year in years],
        "Independence Day": [pd.Timestamp(year, 7, 4) for year in years],
        "Labor Day": [_nth_weekday_of_month(year, 9, _MONDAY, 1) for year in years],
        "Halloween": [pd.Timestamp(year, 10, 31) for year in years],
        "Veterans Day": [pd.Timestamp(year, 11, 11) for year in years],
        "Thanksgiving": [_nth_weekday_of_month(year, 11, _THURSDAY, 4) for year in years],
        "Christmas": [pd.Timestamp(year, 12, 25) for year in years],
    }
    return {name: np.asarray(days, dtype="datetime64[D]").astype(np.int64) for name, days in dates.items()}


def _nth_weekday_of_month(year: int, month: int, day_of_week: int, number: int) -> pd.Timestamp:
    first = pd.Timestamp(year, month, 1)
    return first + pd.Timedelta(days=(day_of_week - first.dayofweek) % 7 + 7 * (number - 1))
