"""Calendar periods by which an audience is summed up, and when one is over."""

from datetime import datetime, timedelta

import pandas as pd
from pyspark.sql import Column
from pyspark.sql import functions as F

# kind → days after its end in which late events may still come before it counts as over
GRACE = {"week": 1, "month": 4, "quarter": 7}
_ALIASES = {"week": "W-SUN", "month": "M", "quarter": "Q"}


def period_of(at: Column, kind: str) -> Column:
    """The first day of the period (by UTC) in which `at`, UTC milliseconds, lies."""
    return F.to_date(F.date_trunc(kind, F.timestamp_millis(at)))


def is_over(first_day: datetime, kind: str, as_of: int) -> bool:
    """Whether the period that begins on `first_day` is over, and its grace with it, at `as_of` (UTC milliseconds)."""
    following = pd.Timestamp(first_day).to_period(_ALIASES[kind]).end_time.ceil("D")
    return bool(following + timedelta(days=GRACE[kind]) <= pd.Timestamp(as_of, unit="ms"))
