"""Forecasts of the market and its genres for the next four weeks.

One stack is fitted to all series together, by the cases of `models/tasks/market.py`: a case is relative to the level
of its own series, so that all genres' weeks teach each of them.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from models.base.artifact import Artifact
from models.base.columns import DATE, FILM, GROSS, QUANTILES
from models.base.days import day_number
from models.base.errors import EmptyTraining
from models.base.saved import Saved
from models.estimators.cases import Cases, FloatArray, IntArray
from models.films.facts import frequent_genres
from models.films.genres import ALL, NO_GENRES, genre_shares
from models.films.market import YEAR, Market
from models.outlook.outlook import CalibratedStack, Errors
from models.tasks.market import FLOOR, HORIZON, ReleaseSchedule, cycle_stack, market_task
from models.tasks.task import Task

SERIES, MADE = "series", "made"  # a genre or `ALL`; the day number on whose evening a forecast was made
_WEEK, _WEEKS = 7, 4
_LONGEST_HOLE = 3  # days: a page that is missing; without a figure for longer, cinemas were shut
_FEWEST_DAYS = 150
_MOST_GENRES = 20
_EVERY, _EVERY_OF_GENRE = 12, 60  # days between two evenings that are learned; all weekdays have their turn
_LEARNED = 6 * YEAR  # days: earlier evenings are not learned
_STEP = 0.005  # of the share outside, for each outcome: the days of one origin err together
_ARRAYS = ("offset", "weight", "slot", "at", "known")  # of cases


@dataclass(frozen=True)
class Markets:
    """Gross a day of all films (`ALL`) and of each genre, up to the evening of `last`, and who opens when."""

    genres: list[str]  # those that are counted
    slates: dict[str, ReleaseSchedule]
    markets: dict[str, Market]
    reported: npt.NDArray[np.bool_]  # (days,) whether any film has a figure of the day

    @classmethod
    def of(
        cls, daily: pd.DataFrame, films: pd.DataFrame, announced: pd.DataFrame, genres: list[str] | None = None
    ) -> Self:
        """Add up daily grosses as the series of all films and of each counted genre.

        Args:
            daily: film_id, date, gross; not empty.
            films: film_id and genres (tuples), announced ones included.
            announced: film_id, opens and size (log dollars expected in all) of openings, past ones included.
            genres: those that are counted; the most frequent ones of the films that are out, by default.
        """
        coming, whole = announced.sort_values(["opens", FILM]), Market.of(daily)
        code, names = pd.factorize(daily[FILM])
        out = films[films[FILM].isin(names)]
        frequent = frequent_genres(out, _MOST_GENRES) if genres is None else genres
        named = [name for name in frequent if name not in NO_GENRES]
        shares, later = (
            genre_shares(films, pd.Index(each), named).assign(**{ALL: 1.0}) for each in (names, coming[FILM])
        )
        days = day_number(daily[DATE]) - whole.first
        taken = sparse.csr_matrix((daily[GROSS].to_numpy(dtype=np.float64), (days, code)))
        reported = whole.gross > 0
        gross = _mended(taken @ shares.to_numpy(), reported)
        slate = ReleaseSchedule.of(daily, day_number(coming["opens"]), coming["size"].to_numpy(dtype=np.float64))
        series = list(map(str, shares))
        parts = {name: slate.part(shares[name].to_numpy(), later[name].to_numpy()) for name in series}
        markets = {name: Market(whole.first, gross[:, place]) for place, name in enumerate(series)}
        return cls(named, parts, markets, reported)

    @property
    def last(self) -> int:
        """The newest day (its number) of which a film has a figure."""
        return self.markets[ALL].first + len(self.reported) - 1

    @cached_property
    def alive(self) -> list[str]:
        """All films, and the genres that took something within a year or are to open within the horizon."""
        return [name for name in self.markets if self._has_releases_or_gross(name)]

    def actual(self, name: str, day: IntArray) -> FloatArray:
        """The gross of a series on days; NaN where it was not reported, or the day is still to come."""
        place = day - self.markets[ALL].first
        inside = (place >= 0) & (place < len(self.reported))
        told = inside & self.reported[np.clip(place, 0, len(self.reported) - 1)]
        return np.where(told, self.markets[name].on(day), np.nan) if name in self.markets else np.full(len(day), np.nan)

    def repeated(self, name: str, made: IntArray, day: IntArray) -> FloatArray:
        """The baseline's forecast: the gross of the last such weekday up to the evening of `made`."""
        return self.markets[name].on(day - _WEEK * -(-(day - made) // _WEEK))

    def question(self, learned: dict[str, IntArray]) -> Task:
        """The forecasting task: cases of learned origins and of the evening of `last`, for each series."""
        span, whole = (self.last, self.last + 1), (self.slates[ALL], self.markets[ALL])
        tasks = [
            market_task(self.slates[name], self.markets[name], origins, np.array([self.last]), span, whole)
            for name, origins in learned.items()
        ]
        keys = [task.keys.assign(**{SERIES: name}) for name, task in zip(learned, tasks, strict=True)]
        arrays = {
            name: np.concatenate([getattr(task, name) for task in tasks])
            for name in ("outcome", "learn", "ask", "seen")
        }
        cases = _joined([task.cases for task in tasks])
        return Task(cases=cases, keys=pd.concat(keys, ignore_index=True), stack=cycle_stack, **arrays)

    def origins(self, name: str) -> IntArray:
        """The evenings (day numbers) to learn a series from: old enough, and before the last weeks."""
        begin = max(self.markets[ALL].first + min(2 * YEAR, len(self.reported) // 3), self.last - _LEARNED)
        step = _EVERY if name == ALL else _EVERY_OF_GENRE
        end = self.last - HORIZON - list(self.markets).index(name) % step  # no two genres on the same evenings
        return np.arange(end, begin, -step)[::-1]

    def _has_releases_or_gross(self, name: str) -> bool:
        slate, last = self.slates[name], np.array(self.last)
        coming = (slate.announced > last) & (slate.announced <= last + HORIZON)
        return bool(coming.any()) or float(self.markets[name].gross[-YEAR:].sum()) > 0


@dataclass(frozen=True)
class MarketOutlook(Saved):
    """An outlook on the market and its genres, those that it counts, and the evening of its fit."""

    outlook: CalibratedStack
    genres: list[str]
    until: int
    # A row a series and evening that was asked of before it was learned: absolute errors of a day in logs, `own` and
    # the `baseline`'s. Of a fit only: it is not saved.
    tried: pd.DataFrame | None = field(default=None, compare=False)

    name: ClassVar[str] = "market outlook"

    @classmethod
    def fit(cls, markets: Markets, seed: int = 0) -> Self:
        """Fit a new outlook to all evenings whose four weeks are over; raises EmptyTraining where there are few."""
        days = len(markets.reported)
        if days < _FEWEST_DAYS:
            raise EmptyTraining(f"{days} days of box office are told, {_FEWEST_DAYS} are wanted: send more of them")
        taken = [name for name, market in markets.markets.items() if market.gross.any()]
        task = markets.question({name: markets.origins(name) for name in taken})
        cases, outcome, keys = task.cases.take(task.learn), task.outcome[task.learn], task.keys[task.learn]
        slotted = replace(cases, slot=_slots(keys, cases.at, list(markets.markets)))
        stack = cycle_stack(seed).fit(cases, outcome)
        tried = _errors_beside_baseline(markets, keys, cases, outcome, stack.unseen[stack.name])
        return cls(CalibratedStack.of(stack, slotted, outcome), markets.genres, markets.last, tried)

    def errors(self, markets: Markets, since: int) -> pd.Series:
        """Absolute errors (logs) on what came after evenings from `since` on (a day number), none of it learned.

        Absolute errors of a day in logs, of all films and of each genre alive, the mean over what came after each
        evening, one a week: indexed by series and evening.
        """
        evenings = np.arange(since - HORIZON, markets.last, _WEEK)  # the first tell how far off it was lately
        task = markets.question(dict.fromkeys(markets.alive, evenings))
        rows = task.learn & (task.cases.at >= since)
        off = self.outlook.stack.predict(task.cases.take(rows)) - task.outcome[rows]
        return _by_evening(task.keys[rows], task.cases.at[rows], off)

    def forecast(self, markets: Markets, published: pd.DataFrame) -> pd.DataFrame:
        """The next four weeks of all films and of each genre alive: series, date, q10, q50, q90 (US dollars).

        Medians of genres are moved by one factor a day, with their quantiles, so that they sum to that of all films.

        Args:
            markets: of the genres that this outlook counts.
            published: observed days of earlier published forecasts, with series, made, date (day numbers), predicted
                and actual (US dollars): their errors set the intervals, beside those of the training.
        """
        task = markets.question({name: np.array([markets.last - HORIZON]) for name in markets.alive})
        keys = task.keys[task.ask].reset_index(drop=True)
        cases = task.cases.take(task.ask)
        errors = self.outlook.errors.and_then(_errors(published, list(markets.markets)))
        outlook = CalibratedStack(self.outlook.stack, errors, _STEP)
        made = outlook.forecast(replace(cases, slot=_slots(keys, cases.at, list(markets.markets))))
        return _adding_up(pd.concat([keys[[SERIES, DATE]], made], axis=1))

    def _write_files(self, files: Artifact) -> None:
        """Write the stack with its errors, genres and evening into the artifact's folder."""
        self.outlook.save(files.folder / "outlook")
        files.write_json("market", {"genres": self.genres, "until": self.until})

    @classmethod
    def _read_files(cls, files: Artifact) -> Self:
        """Read what `_write_files` wrote, as a new outlook."""
        return cls(CalibratedStack.load(files.folder / "outlook"), **files.read_json("market"))


def _errors_beside_baseline(
    markets: Markets, keys: pd.DataFrame, cases: Cases, outcome: FloatArray, unseen: FloatArray
) -> pd.DataFrame:
    """The mean absolute error of the model and of the baseline, a row a series and evening."""
    rows = np.isfinite(unseen)
    keys, cases, outcome = keys[rows], cases.take(rows), outcome[rows]
    made = {"own": unseen[rows], "baseline": _repeated(markets, keys, cases)}
    return pd.DataFrame({name: _by_evening(keys, cases.at, logs - outcome) for name, logs in made.items()})


def _repeated(markets: Markets, keys: pd.DataFrame, cases: Cases) -> FloatArray:
    """The baseline's forecast of each case, in logs: the last such weekday again."""
    made = np.empty(len(cases))
    for name in keys[SERIES].unique():
        rows = (keys[SERIES] == name).to_numpy()
        made[rows] = cases.logs(markets.repeated(str(name), cases.at[rows], cases.known[rows]))
    return made


def _by_evening(keys: pd.DataFrame, at: IntArray, off: FloatArray) -> pd.Series:
    """The mean absolute error by series and evening."""
    return pd.Series(np.abs(off)).groupby([keys[SERIES].to_numpy(), at]).mean()


def _errors(published: pd.DataFrame, series: list[str]) -> Errors:
    """Published forecasts' errors, in the form by which an outlook corrects its next forecasts."""
    made, day = (published[name].to_numpy(dtype=np.int64) for name in (MADE, DATE))
    dates = published[[SERIES]].assign(**{DATE: pd.to_datetime(day, unit="D")})
    logs = [np.log(published[name].to_numpy(dtype=np.float64) + FLOOR) for name in ("actual", "predicted")]
    columns = {"at": made, "known": day, "slot": _slots(dates, made, series), "error": logs[0] - logs[1]}
    return Errors(pd.DataFrame({**columns, "spread": 1.0}), None)


def _slots(keys: pd.DataFrame, made: IntArray, series: list[str]) -> IntArray:
    """A number for each series and week ahead; all series that are no more share theirs."""
    number = pd.Index(series).get_indexer(pd.Index(keys[SERIES]))
    week = (day_number(keys[DATE]) - made - 1) // _WEEK
    return np.asarray(np.where(number >= 0, number, len(series)) * _WEEKS + week, dtype=np.int64)


def _joined(parts: list[Cases]) -> Cases:
    """The cases of all parts, one after the other."""
    arrays: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _ARRAYS}
    return replace(parts[0], table=pd.concat([part.table for part in parts], ignore_index=True), **arrays)


def _mended(gross: FloatArray, reported: npt.NDArray[np.bool_]) -> FloatArray:
    """Short holes of the record filled with the same weekdays of the week before: (days, series)."""
    filled = gross.copy()
    edges = np.flatnonzero(np.diff(np.concatenate([[True], reported, [True]]).astype(np.int8)))
    for begin, end in edges.reshape(-1, 2):
        if end - begin <= _LONGEST_HOLE and begin >= _WEEK:
            filled[begin:end] = filled[begin - _WEEK : end - _WEEK]
    return filled


def _adding_up(made: pd.DataFrame) -> pd.DataFrame:
    """Forecasts with genres scaled by one factor a day, so that their medians sum to that of all films."""
    part = made[SERIES] != ALL
    of_genres, of_all = made[part].groupby(DATE)["q50"].sum(), made[~part].set_index(DATE)["q50"]
    factor = made[DATE].map(of_all / of_genres.where(of_genres > 0)).fillna(1.0).where(part, 1.0)
    return made.assign(**{name: made[name] * factor for name in QUANTILES})
