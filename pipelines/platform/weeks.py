"""Weeks, named by their Monday (UTC), and the quarters in which forecasters are learned anew."""

import pandas as pd

from models.base.days import day_number, weekday

WEEK = pd.Timedelta(days=7)
SUNDAY = pd.Timedelta(days=6)  # from Monday


def mondays(moments: pd.Series) -> pd.Series:
    """The Monday of each moment's week; moments are UTC."""
    day = day_number(moments.dt.tz_localize(None) if moments.dt.tz is not None else moments)
    return pd.Series(pd.to_datetime(day - weekday(day), unit="D"), index=moments.index)


def whole_weeks(first: pd.Timestamp, last: pd.Timestamp) -> list[pd.Timestamp]:
    """The weeks of which every day lies from `first` to `last`, in order."""
    return list(pd.date_range(first, last - SUNDAY, freq="W-MON"))


def quarter_of(week: pd.Timestamp) -> str:
    """`2019Q1`: the quarter in which a week begins."""
    return str(week.to_period("Q"))


def learned_until(week: pd.Timestamp) -> pd.Timestamp:
    """The last week that is over on the first Monday of the quarter in which `week` begins."""
    first_day = week.to_period("Q").start_time
    return first_day + pd.Timedelta(days=-first_day.weekday() % 7) - WEEK
