"""The audience's clock: day 0 is Monday 2015-01-05, week 1 is days 0 to 6, and all times are UTC.

History has negative days; week 0 is the last week before the start.
"""

from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

import numpy as np

from streaming.audience.numeric import Floats, Integers
from streaming.schema.bounds import DAY_MS

START = date(2015, 1, 5)
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
WEEK = 7  # days
_START_MS = int(datetime(START.year, START.month, START.day, tzinfo=UTC).timestamp() * 1000)

Days = TypeVar("Days", int, Integers)


def first_day(week: int) -> int:
    """The Monday of a week, in days from the start."""
    return (week - 1) * WEEK


def midnight(day: Days) -> Days:
    """The UTC millisecond in which a day begins."""
    return _START_MS + day * DAY_MS


def begins(week: int) -> int:
    """The first UTC millisecond of a week."""
    return midnight(first_day(week))


def ends(week: int) -> int:
    """The first UTC millisecond after a week."""
    return begins(week + 1)


def time_of_day(draws: Floats) -> Integers:
    """Milliseconds after midnight for uniform draws: from 08:00 to 20:00, the later the likelier.

    What is begun by then is over before the day is.
    """
    return ((8 + 12 * np.sqrt(draws)) * HOUR_MS).astype(np.int64)


def date_of(day: int) -> date:
    """The calendar date of a day."""
    return START + timedelta(days=int(day))
