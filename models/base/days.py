"""Days as numbers since 1970-01-01, and where they stand in the week and in the year."""

import numpy as np
import numpy.typing as npt
import pandas as pd

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
DAY_MS = 24 * 60 * 60 * 1000


def day_number(dates: pd.Series | pd.Timestamp) -> IntArray:
    """Days since 1970-01-01, which was a Thursday."""
    return np.asarray(dates, dtype="datetime64[D]").astype(np.int64)


def weekday(day: IntArray) -> IntArray:
    """The weekday of day numbers, 0 (Monday) to 6."""
    return (day + 3) % 7


def day_of_year(day: IntArray) -> FloatArray:
    """The day of the year of day numbers, from 0."""
    dates = day.astype("datetime64[D]")
    return np.asarray((dates - dates.astype("datetime64[Y]")).astype(np.float64), dtype=np.float64)
