"""Task: the remaining run, i.e. the daily gross of a wide release's days 8 to 35 from its days 1 to 7."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.base.days import day_number, weekday
from models.estimators.cases import Cases, FloatArray, IntArray
from models.estimators.linear import Linear
from models.estimators.stack import Stack
from models.estimators.trees import Trees
from models.films.calendar import distances
from models.films.market import YEAR, Market, mean_of_known
from models.films.rivals import likeness
from models.tasks.task import Task

WEEK, DAYS = 7, 35
FLOOR = 500.0  # dollars a day: below that a film is as good as gone
_AHEAD = DAYS - WEEK
_NEAR_HOLIDAY = 7
_HOLDOVER_DAYS, _HALF_LIFE = 100, 35.0  # of the films that show how well films hold at the time
_TYPICAL_HOLD, _AS_MANY = -0.75, 3.0  # log ratio of two weeks, and how many films that prior counts for
_LITTLE = 2e6  # dollars of a market's day, so that a closed one is small and not minus infinity
_SAME_CERTIFICATE = 0.3
_FROM_PRERELEASE = (
    *("budget", "budget not known", "running time", "certificate", "worth of the season", "year", "day of the year"),
    *("distributor: mean", "distributor: theatres"),
    *("franchise: films", "franchise: last", "American first", "in English first", "director: mean"),
    *("each star: mean standing", "comparable films: mean", "number of genres"),
)


@dataclass(frozen=True)
class WideReleases:
    """Wide releases with seven reported days, one row a film: gross and theatres of days 1–35 (0 and NaN if none)."""

    films: pd.DataFrame  # film_id, opens, genres, certificate
    gross: FloatArray  # (films, 35)
    theatres: FloatArray  # (films, 35)

    @property
    def opens(self) -> IntArray:
        """The day numbers on which the films opened."""
        return day_number(self.films["opens"])

    @property
    def level(self) -> FloatArray:
        """The mean daily gross of each film's first seven days."""
        return np.asarray(self.gross[:, :WEEK].mean(axis=1), dtype=np.float64)


def remaining_run_task(
    runs: WideReleases, prerelease: pd.DataFrame, openings: pd.DataFrame, market: Market, learn: np.ndarray
) -> Task:
    """The forecasting task: a case for each film and day from 8 to 35, all known on the evening of day 7.

    Args:
        prerelease: the prerelease table of the films, in their order.
        openings: all wide openings known of by then: opens, genres, certificate, size (log dollars expected).
        market: all films' gross.
        learn: films from which models may learn.
    """
    films, opens = len(runs.films), runs.opens
    row, day = np.repeat(np.arange(films), _AHEAD), np.tile(np.arange(WEEK + 1, DAYS + 1), films)
    target, like = opens[row] + day - 1, opens[row] + (day - 1) % WEEK  # the day, and its weekday in the first week
    first_week = np.log(runs.gross[:, :WEEK] + FLOOR)
    offset = first_week[row, (day - 1) % WEEK]
    table = pd.DataFrame(
        {
            **{name: values[row] for name, values in _of_film(runs, prerelease, openings).items()},
            "day of the run": day.astype(np.float64),
            "week of the run": ((day - 1) // WEEK).astype(np.float64),
            "weekday": weekday(target).astype(np.float64),
            "the weekday's share of the first week": offset - np.log(runs.level + FLOOR)[row],
            **distances(target, _NEAR_HOLIDAY, "day"),
            **distances(like, _NEAR_HOLIDAY, "first week's day"),
            **_seasons(market, target, like),
            **_later_rivals(runs, openings, row, day),
        }
    )
    cases = Cases(
        table=table,
        offset=offset,
        weight=(runs.level[row] + FLOOR) ** 0.6,
        slot=day - WEEK - 1,
        at=opens[row] + WEEK - 1,
        known=opens[row] + DAYS - 1,
        floor=FLOOR,
        run=row,
    )
    gross = runs.gross[:, WEEK:].ravel()
    seen = np.nan_to_num(market.on(target)) > 0  # a day without any film's figure is a hole of the chart
    keys = pd.DataFrame({"film_id": runs.films["film_id"].to_numpy()[row], "day": day})
    outcome = cases.logs(np.where(seen, gross, np.nan))
    return Task(cases, outcome, learn[row] & seen, ~learn[row], keys, _stack, outcome)


def _stack(seed: int) -> Stack:
    """A new stack of estimators for tens of thousands of days."""
    from models.estimators.network import Network  # brings torch, which a verb does without

    network = Network(repeats=1, hidden=96, dropout=0.1, epochs=8, batch=256, decay=0.05)
    trees = Trees(repeats=2, rounds=800, fewest=20, rows=0.5, columns=0.3)
    return Stack([Linear(shrinkage=300.0), network, trees], "absolute", seed, folds=4)


def _of_film(runs: WideReleases, prerelease: pd.DataFrame, openings: pd.DataFrame) -> dict[str, FloatArray]:
    """Columns of what is known of each film on the evening of day 7, whatever the day ahead.

    How large the market is just then is not: what models learn of it does not outlast the years that they learned from.
    """
    week, total = np.log(runs.gross[:, :WEEK] + FLOOR), np.log(runs.gross[:, :WEEK].sum(axis=1) + 1)
    shape = week - np.log(runs.level + FLOOR)[:, None]
    theatres = np.log(np.where(runs.theatres[:, :WEEK] > 0, runs.theatres[:, :WEEK], np.nan))
    size = openings.set_index("film_id")["size"].reindex(runs.films["film_id"]).to_numpy()
    genres = [name for name in map(str, prerelease) if name.startswith("genre ")]
    return {
        "gross of the first week": total,
        **{f"share of day {day + 1}": shape[:, day] for day in range(WEEK)},
        **_by_weekday(shape, weekday(runs.opens)),
        "weekday of the opening": weekday(runs.opens).astype(np.float64),
        "theatres on day 1": theatres[:, 0],
        "theatres on day 7": theatres[:, -1],
        "gross a theatre": total - mean_of_known(list(theatres.T)),
        **{name: prerelease[name].to_numpy() for name in (*_FROM_PRERELEASE, *genres) if name in prerelease},
        "gross over budget": total - prerelease["budget"].to_numpy(),
        "expected in all": size,
        "surprise of the first week": total - size,
        **_holdovers(runs),
    }


def _by_weekday(shape: FloatArray, opened: IntArray) -> dict[str, FloatArray]:
    """Columns of the first week's shape from Monday to Sunday, and of how its days relate."""
    days = np.empty_like(shape)
    days[np.arange(len(shape))[:, None], (opened[:, None] + np.arange(WEEK)) % WEEK] = shape
    names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    return {
        **{f"share of {name}": days[:, number] for number, name in enumerate(names)},
        "Saturday over Friday": days[:, 5] - days[:, 4],
        "Sunday over Saturday": days[:, 6] - days[:, 5],
        "Monday over Sunday": days[:, 0] - days[:, 6],
        "Thursday over Monday": days[:, 3] - days[:, 0],
    }


def _holdovers(runs: WideReleases) -> dict[str, FloatArray]:
    """Columns on how well earlier films held in their second and third week, if over by day 7."""
    weeks = np.log(runs.gross.reshape(-1, DAYS // WEEK, WEEK).sum(axis=2) + FLOOR)
    opens, columns = runs.opens, {}
    order = np.argsort(opens, kind="stable")
    for number in (1, 2):
        held = np.clip(weeks[:, number] - weeks[:, number - 1], -3.0, 1.0)
        found = np.zeros(len(opens))
        for film, origin in enumerate(opens + WEEK - 1):
            low = np.searchsorted(opens[order], origin - _HOLDOVER_DAYS)
            high = np.searchsorted(opens[order], origin - WEEK * (number + 1) + 1, "right")
            before = order[low:high]
            weight = 0.5 ** ((origin - opens[before]) / _HALF_LIFE)
            found[film] = ((weight * held[before]).sum() + _AS_MANY * _TYPICAL_HOLD) / (weight.sum() + _AS_MANY)
        columns[f"how films held in week {number + 1}"] = found
    return columns


def _seasons(market: Market, target: IntArray, like: IntArray) -> dict[str, FloatArray]:
    """Columns on how the market of earlier years moved from the first week's weekday to the day asked."""
    days = [
        np.log((market.on(target - YEAR * k) + _LITTLE) / (market.on(like - YEAR * k) + _LITTLE)) for k in (1, 2, 3, 4)
    ]
    weeks = [
        np.log((_week(market, target - YEAR * k) + 5 * _LITTLE) / (_week(market, like - YEAR * k) + 5 * _LITTLE))
        for k in (1, 2, 3, 4)
    ]
    return {
        "season: last year's day": days[0],
        "season: day two years ago": days[1],
        "season: mean of the day": mean_of_known(days),
        "season: mean of the week": mean_of_known(weeks),
    }


def _week(market: Market, day: IntArray) -> FloatArray:
    """The market's gross in the week around each day."""
    return market.between(day - 3, day + 4)


def _later_rivals(runs: WideReleases, openings: pd.DataFrame, row: IntArray, day: IntArray) -> dict[str, FloatArray]:
    """Columns on the films that open between day 4 and the day asked, larger and newer ones weighing more."""
    order = np.argsort(day_number(openings["opens"]), kind="stable")
    others = openings.iloc[order]
    opens, size = day_number(others["opens"]), np.exp(others["size"].to_numpy())
    genres, certificates = others["genres"].map(frozenset).to_list(), others["certificate"].to_list()
    everyone, alike = np.zeros((len(runs.films), DAYS)), np.zeros((len(runs.films), DAYS))
    own = list(zip(runs.opens, runs.films["genres"].map(frozenset), runs.films["certificate"], strict=True))
    for film, (opened, its_genres, certificate) in enumerate(own):
        for other in range(*np.searchsorted(opens, [opened + 3, opened + DAYS])):
            since = opens[other] - opened
            pressure = size[other] * 0.5 ** (np.arange(DAYS - since) / WEEK)
            like = likeness(its_genres, genres[other]) + _SAME_CERTIFICATE * (certificate == certificates[other])
            everyone[film, since:] += pressure
            alike[film, since:] += pressure * like
    total = np.log(runs.gross[:, :WEEK].sum(axis=1) + 1)[row]
    found = {"later rivals": everyone[row, day - 1], "later rivals by likeness": alike[row, day - 1]}
    return {
        **{name: np.log1p(values / 1e6) for name, values in found.items()},
        **{f"{name}, relative": np.log(values + 1e6) - total for name, values in found.items()},
    }
