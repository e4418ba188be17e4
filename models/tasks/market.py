"""Task: the gross of all films on each of the 28 days after an origin.

The table has two views. From above: the same days of earlier years, as departures from the four weeks before
them. From below: what the films in release should still take, as films of their age did, and what the announced
openings should bring, by their expected sizes.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.base.columns import DATE, FILM, GROSS
from models.base.days import day_number, day_of_year, weekday
from models.estimators.cases import Cases, FloatArray, IntArray
from models.estimators.linear import Linear
from models.estimators.stack import Stack
from models.estimators.trees import Trees
from models.films.calendar import distances
from models.films.market import YEAR, Market, mean_of_known
from models.tasks.task import Task

HORIZON = 28  # days
FLOOR = 1e5  # dollars a day
_WEEK, _WEEKS = 7, 4
_RUN = 120  # days of a run that are looked at
_OLDEST = 8  # weeks: older films are taken together
_NEAR_HOLIDAY, _AROUND = 10, 3  # days
_LEARNED_YEARS = 8
_CLOSED = 0.3  # of the median day: below that cinemas were shut
_SPANS = (7, 14, 56, 91, 182, 364)  # days


@dataclass(frozen=True)
class ReleaseSchedule:
    """Films' daily runs, and the announced wide openings with what they are expected to take."""

    opened: IntArray  # (films,) day number of the first reported day
    gross: FloatArray  # (films, `_RUN`) from that day on
    announced: IntArray  # (openings,) day numbers, ascending
    size: FloatArray  # (openings,) dollars

    @classmethod
    def of(cls, daily: pd.DataFrame, opens: IntArray, size: FloatArray) -> "ReleaseSchedule":
        """Make a schedule of daily grosses (film_id, date, gross) and openings, with their sizes in log dollars."""
        film, _ = pd.factorize(daily[FILM])
        day = day_number(daily[DATE])
        opened = np.full(film.max() + 1, np.iinfo(np.int64).max)
        np.minimum.at(opened, film, day)
        gross = np.zeros((len(opened), _RUN))
        early = day - opened[film] < _RUN
        gross[film[early], (day - opened[film])[early]] = daily[GROSS].to_numpy(dtype=np.float64)[early]
        order = np.argsort(opens, kind="stable")
        return cls(opened, gross, opens[order], np.exp(size[order]))

    def part(self, films: FloatArray, announced: FloatArray) -> "ReleaseSchedule":
        """The schedule of a genre: each film and announced opening times the part that counts for the genre."""
        own, coming = films > 0, announced > 0
        gross, size = self.gross[own] * films[own, None], self.size[coming] * announced[coming]
        return ReleaseSchedule(self.opened[own], gross, self.announced[coming], size)


def market_task(
    slate: ReleaseSchedule,
    market: Market,
    learned: IntArray,
    asked: IntArray,
    years: tuple[int, int],
    whole: tuple[ReleaseSchedule, Market] | None = None,
) -> Task:
    """The forecasting task: a case for each origin (evening of a day number) and day ahead.

    Args:
        learned: origins to learn from.
        asked: origins to forecast; those between the two day numbers `years` only.
        years: from and until (without).
        whole: where a part is forecast, all films: they tell when cinemas were shut, and how films run.
    """
    origins = np.concatenate([learned, asked])
    origin, ahead = np.repeat(origins, HORIZON), np.tile(np.arange(1, HORIZON + 1), len(origins))
    target = origin + ahead
    level, (films, cinemas) = _mean_day(market, origin, HORIZON), whole or (slate, market)
    table = pd.DataFrame(
        {
            **_from_above(market, cinemas, origin, target, level),
            **_from_below(
                slate, market, (_persistence(films, cinemas), _run_shares(films, cinemas)), (learned, asked), level
            ),
            **_dates(target, ahead),
        }
    )
    outcome = np.log(market.on(target) + FLOOR)
    is_asked = np.repeat(np.arange(len(origins)) >= len(learned), HORIZON)
    cases = Cases(
        table=table,
        offset=np.log(level),
        weight=(level * np.exp(np.nan_to_num(table["earlier years"]))) ** 0.7,
        slot=np.zeros(len(origin), dtype=np.int64),
        at=origin,
        known=target,
        floor=FLOOR,
    )
    within = is_asked & (origin >= years[0]) & (origin < years[1])
    learn = ~is_asked & np.isfinite(outcome) & _was_open(cinemas, origin) & (target < years[0])
    days = {"origin": origin, "date": target}
    keys = pd.DataFrame({name: pd.to_datetime(values, unit="D") for name, values in days.items()})
    return Task(cases, outcome, learn, within, keys, _stack, outcome)


def _stack(seed: int) -> Stack:
    """A new stack of estimators for the days of some hundred origins."""
    from models.estimators.network import Network  # brings torch, which a verb does without

    network = Network(repeats=1, hidden=64, dropout=0.2, epochs=10, batch=128, decay=0.1)
    trees = Trees(repeats=1, rounds=400, learning_rate=0.04, depth=5, fewest=20, rows=0.5, columns=0.3)
    return Stack([Linear(shrinkage=300.0), network, trees], "absolute", seed, folds=3)


def cycle_stack(seed: int) -> Stack:
    """A new stack for a cycle, which has seconds: no network, one smaller forest, and two folds on the later half."""
    trees = Trees(repeats=1, rounds=200, learning_rate=0.06, depth=5, fewest=20, rows=0.5, columns=0.3)
    return Stack([Linear(shrinkage=300.0), trees], "absolute", seed, folds=2, first=0.5)


def _mean_day(market: Market, origin: IntArray, days: int) -> FloatArray:
    """The mean of the days up to and with each origin."""
    return np.maximum(market.between(origin + 1 - days, origin + 1) / days, FLOOR)


def _from_above(
    market: Market, cinemas: Market, origin: IntArray, target: IntArray, level: FloatArray
) -> dict[str, FloatArray]:
    """Columns of each case from the market's own past: levels, and the same days of earlier years."""
    columns = {f"last {days} days": np.log(_mean_day(market, origin, days) / level) for days in _SPANS}
    departures = []
    for k in (1, 2, 3, 4):
        past = origin - YEAR * k
        then = np.where(_was_open(cinemas, past), _mean_day(market, past, HORIZON), np.nan)
        days = np.log((market.on(target - YEAR * k) + FLOOR) / then)
        week = market.between(target - YEAR * k - 3, target - YEAR * k + 4) / _WEEK
        departures.append(days)
        columns |= {
            f"the day {k} years ago": days,
            f"the week {k} years ago": np.log((week + FLOOR) / then),
            f"level over {k} years ago": np.log(level / then),
        }
    last = target - _WEEK * (-(-(target - origin) // _WEEK))
    columns["the weekday last week"] = np.log((market.on(last) + FLOOR) / level)
    return {**columns, "earlier years": mean_of_known(departures), "level": np.log(level)}


def _was_open(market: Market, origin: IntArray) -> npt.NDArray[np.bool_]:
    """Whether cinemas played as usual four weeks before and after: a closed market says nothing of a season."""
    usual = _CLOSED * float(np.median(market.gross))
    around = [market.between(origin + 1 + at, origin + 1 + at + HORIZON) / HORIZON for at in (-HORIZON, 0)]
    return np.nan_to_num(np.minimum(*around)) > usual


def _from_below(
    slate: ReleaseSchedule,
    market: Market,
    runs: tuple[FloatArray, FloatArray],
    evenings: tuple[IntArray, IntArray],
    level: FloatArray,
) -> dict[str, FloatArray]:
    """Columns of each case from its films: what those in release and the announced openings should still take."""
    (staying, newcomers), origins = runs, np.concatenate(evenings)
    running = np.concatenate([_still_running(slate, day, staying) for day in origins])
    opening = np.concatenate([_openings(slate, day, newcomers) for day in origins])
    total = running + opening
    weeks = np.repeat(total.reshape(-1, _WEEKS, _WEEK).mean(axis=2).ravel(), _WEEK)
    return {
        "from below": np.log((total + FLOOR) / level),
        "films in release": np.log((running + FLOOR) / level),
        "announced openings": np.log((opening + FLOOR) / level),
        "share of the openings": opening / (total + 1.0),
        "from below, the week": np.log((weeks + FLOOR) / level),
        "from below, lately off by": _lately_off(market, evenings[0], origins, total),
    }


def _lately_off(market: Market, learned: IntArray, origins: IntArray, total: FloatArray) -> FloatArray:
    """By how much `total` was off (mean log) at the newest learned origin whose 28 days are over; 0 if none.

    The learned are the first of the origins.
    """
    order, ahead = np.argsort(learned, kind="stable"), np.arange(1, HORIZON + 1)
    expected = total.reshape(-1, HORIZON)[: len(learned)]
    off = (np.log(market.on(learned[:, None] + ahead) + FLOOR) - np.log(expected + FLOOR)).mean(axis=1)
    before = np.searchsorted(learned[order], origins - HORIZON, "right") - 1
    found = np.where(before >= 0, off[order[np.maximum(before, 0)]], 0.0)
    return np.repeat(np.nan_to_num(found), HORIZON)


def _dates(target: IntArray, ahead: IntArray) -> dict[str, FloatArray]:
    """Columns of each case on the day to forecast: weekday, day of the year, holidays."""
    near = distances(target, _NEAR_HOLIDAY, "day")
    around = {
        f"{name} is {number}": (values == number).astype(np.float64)
        for name, values in near.items()
        for number in range(-_AROUND, _AROUND + 1)
    }
    days = {f"on weekday {number}": (weekday(target) == number).astype(np.float64) for number in range(_WEEK)}
    return {
        "days ahead": ahead.astype(np.float64),
        "weekday": weekday(target).astype(np.float64),
        "day of the year": day_of_year(target),
        **near,
        **around,
        **days,
    }


def _learned_from(slate: ReleaseSchedule, market: Market) -> np.ndarray:
    """Which films are early enough to learn from how films run: those before all that is forecast."""
    span = min(_LEARNED_YEARS * 365, len(market.gross) // 2)
    return slate.opened < market.first + span - _RUN


def _persistence(slate: ReleaseSchedule, market: Market) -> FloatArray:
    """Shares of a week's gross that films of an age (weeks) take k weeks later: (ages, weeks ahead)."""
    weeks = slate.gross[_learned_from(slate, market)][:, : _WEEK * (_RUN // _WEEK)]
    total = weeks.reshape(len(weeks), -1, _WEEK).sum(axis=(0, 2))
    ages = np.arange(_OLDEST + 1)
    return np.stack([total[ages + k] / np.maximum(total[ages], 1.0) for k in range(1, _WEEKS + 1)], axis=1)


def _run_shares(slate: ReleaseSchedule, market: Market) -> FloatArray:
    """Shares of its whole gross that a film which opens on a Friday takes on each of its first days: (28,)."""
    friday = 4
    runs = slate.gross[_learned_from(slate, market) & (weekday(slate.opened) == friday)]
    total = runs.sum(axis=1)
    large = runs[total > 1e6]
    return (large / large.sum(axis=1, keepdims=True)).mean(axis=0)[:HORIZON] if len(large) else np.zeros(HORIZON)


def _still_running(slate: ReleaseSchedule, origin: int, staying: FloatArray) -> FloatArray:
    """What films in release on the evening of `origin` should take on each of the next days, in dollars."""
    age = origin - slate.opened
    films = np.flatnonzero((age >= 0) & (age < _RUN))
    back = age[films, None] - np.arange(_WEEK - 1, -1, -1)  # the last seven days, oldest first
    week = np.where(back >= 0, slate.gross[films[:, None], np.maximum(back, 0)], 0.0)
    whole = _WEEK / np.minimum(age[films] + 1, _WEEK)  # of a week that has just begun, the days that were
    share = staying[np.minimum(age[films] // _WEEK, _OLDEST)] * whole[:, None]  # (films, weeks)
    return np.asarray((share[:, :, None] * week[:, None, :]).sum(axis=0).ravel(), dtype=np.float64)


def _openings(slate: ReleaseSchedule, origin: int, shares: FloatArray) -> FloatArray:
    """What the films announced for the days after `origin` should take on each of them, in dollars."""
    found = np.zeros(HORIZON)
    low, high = np.searchsorted(slate.announced, [origin + 1, origin + HORIZON + 1])
    for opening in range(low, high):
        begin = slate.announced[opening] - origin - 1
        found[begin:] += slate.size[opening] * shares[: HORIZON - begin]
    return found
