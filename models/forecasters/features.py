"""What is known of a film on the evening of an origin, and of the day to be forecast: the trees' columns."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.tseries.holiday import USFederalHolidayCalendar

from models.base.days import day_of_year, weekday
from models.forecasters.runs import WEEK, DailyRuns, FloatArray, IntArray

_OPENING_WEEKS = 2
_NEAR_HOLIDAY = 7  # days


@dataclass(frozen=True)
class Origins:
    """Films at origins, one array entry per pair; `level` is the mean daily gross of the last 7 days."""

    film: IntArray
    date: IntArray
    level: FloatArray
    columns: dict[str, FloatArray]

    @classmethod
    def of(cls, runs: DailyRuns, film: IntArray, date: IntArray, genres: list[str]) -> "Origins":
        """Describe films (positions in `runs`) at origins (day numbers) by what was known at each origin."""
        gross = runs.last_weeks(runs.gross, film, date, weeks=2)
        screens = runs.last_weeks(runs.screens, film, date, weeks=2)
        before, level = _mean(gross[:, :WEEK]), _mean(gross[:, WEEK:])
        columns = {
            "level": np.log1p(level),
            "decay of the last week": _log_ratio(level, before),
            "weekend over weekdays": _weekend_shape(gross[:, WEEK:], date),
            "days reported in the last week": np.isfinite(gross[:, WEEK:]).sum(axis=1).astype(np.float64),
            "screens": np.log1p(_mean(screens[:, WEEK:])),
            "change of screens": _log_ratio(_mean(screens[:, WEEK:]), _mean(screens[:, :WEEK])),
            "gross a screen": _log_ratio(level, _mean(screens[:, WEEK:])),
            "day of the run": date - _opening_days(runs)[film] + 1.0,
            **_market_columns(runs, date, level),
            **_genre_columns(runs, film, genres),
        }
        return cls(film, date, level, columns)


@dataclass(frozen=True)
class Design:
    """One row per origin and day ahead, one column per name."""

    names: list[str]
    matrix: npt.NDArray[np.float32]  # (rows, columns)
    level: FloatArray  # of each row's origin


def design(runs: DailyRuns, origins: Origins, row: IntArray, ahead: IntArray) -> Design:
    """The trees' columns for entries `row` of `origins`, so many days `ahead` of each."""
    film, origin = origins.film[row], origins.date[row]
    target, level = origin + ahead, origins.level[row]
    last = target - WEEK * (-(-ahead // WEEK))
    columns = {
        **{name: values[row] for name, values in origins.columns.items()},
        "days ahead": ahead,
        "weekday": weekday(target),
        "season": day_of_year(target),
        "same weekday last week": _log_ratio(runs.at(runs.gross, film, last), level),
        "same weekday two weeks ago": _log_ratio(runs.at(runs.gross, film, last - WEEK), level),
        **_holiday_columns(target, "day"),
        **_holiday_columns(last, "reference"),
    }
    matrix = np.column_stack([np.asarray(values, dtype=np.float32) for values in columns.values()])
    return Design(list(columns), matrix, level)


def frequent_genres(runs: DailyRuns, most: int = 20) -> list[str]:
    """The genres that most films of `runs` have, at most so many, sorted."""
    genres = pd.Series(runs.genres[runs.first]).str.split("|").explode()
    counts = genres[genres != ""].value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return sorted(counts.index[:most])


def _mean(days: FloatArray) -> FloatArray:
    """The mean of each row over the days that are reported."""
    reported = np.isfinite(days)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(reported, days, 0.0).sum(axis=1) / reported.sum(axis=1), dtype=np.float64)


def _log_ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    """The difference of log(1 + value)."""
    return np.log1p(above) - np.log1p(below)


def _weekend_shape(week: FloatArray, origin: IntArray) -> FloatArray:
    """Log ratio of mean weekend gross to mean weekday gross in the week up to each origin."""
    days = weekday(origin[:, None] + np.arange(1 - WEEK, 1))
    weekend = days >= 4
    return _log_ratio(_mean(np.where(weekend, week, np.nan)), _mean(np.where(weekend, np.nan, week)))


def _opening_days(runs: DailyRuns) -> IntArray:
    """The day number on which each film's run began, by the day of the run first reported."""
    day = np.nan_to_num(runs.day[runs.first], nan=1.0).astype(np.int64)
    return runs.date[runs.first] - day + 1


def _market_columns(runs: DailyRuns, origin: IntArray, level: FloatArray) -> dict[str, FloatArray]:
    """Columns on the whole market before each origin: its size, its change, the film's share, new openings."""
    start = runs.date.min()
    daily = np.bincount(runs.date - start, weights=runs.gross, minlength=int(origin.max() - start) + 1)
    total = np.concatenate([np.zeros(2 * WEEK), np.cumsum(daily)])
    end = origin - start + 2 * WEEK
    week, before = total[end] - total[end - WEEK], total[end - WEEK] - total[end - 2 * WEEK]
    fresh = np.sort(runs.date[runs.first][runs.date[runs.first] - _opening_days(runs) < _OPENING_WEEKS * WEEK])
    opened = np.searchsorted(fresh, origin, "right") - np.searchsorted(fresh, origin - 2 * WEEK, "right")
    return {
        "market": np.log1p(week),
        "change of the market": _log_ratio(week, before),
        "share of the market": _log_ratio(level * WEEK, week),
        "films that opened in two weeks": opened.astype(np.float64),
    }


def _genre_columns(runs: DailyRuns, film: IntArray, genres: list[str]) -> dict[str, FloatArray]:
    """A column a genre: 1 where the film has it."""
    has = [set(text.split("|")) for text in runs.genres[runs.first]]
    return {genre: np.array([genre in own for own in has], dtype=np.float64)[film] for genre in genres}


def _holiday_columns(date: IntArray, of: str) -> dict[str, FloatArray]:
    """Two columns: days to the next and from the last federal holiday, cut off where far."""
    first, last = np.array([date.min() - 400, date.max() + 400]).astype("datetime64[D]")
    known = USFederalHolidayCalendar().holidays(pd.Timestamp(first), pd.Timestamp(last))
    holidays = np.asarray(known, dtype="datetime64[D]").astype(np.int64)
    after = np.searchsorted(holidays, date)
    return {
        f"holiday after the {of}": np.minimum(holidays[after] - date, _NEAR_HOLIDAY).astype(np.float64),
        f"holiday before the {of}": np.minimum(date - holidays[after - 1], _NEAR_HOLIDAY).astype(np.float64),
    }
