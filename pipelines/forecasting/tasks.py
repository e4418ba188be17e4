"""The tasks of `cineloop evaluate forecaster`, made from a box-office folder and its splits."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from models.base.days import day_number
from models.films.facts import frequent_genres
from models.films.market import Market
from models.films.prerelease import prerelease_table
from models.tasks.market import HORIZON, ReleaseSchedule, market_task
from models.tasks.remaining_run import DAYS, WideReleases, remaining_run_task
from models.tasks.task import Task
from models.tasks.totals import opening_task, sizes, totals_task
from pipelines.lake.box_office import BoxOfficeHistory, facts_of, read_folder, read_table
from pipelines.platform.errors import BadSplit

LEADS = (30, 7)
_AT_EITHER = ("prerelease", "opening", "worldwide")
_LEARNED_FROM = "2004-06-03"  # origins: two years of the market lie before it
_ASKED_FROM = "2016-01-07"
_YEARS_A_FIT = 1
_COUNTED = 14  # days between two evenings whose errors set the next intervals: those of all evenings are the same days


@dataclass(frozen=True)
class Question:
    """Which task, and how many days before the opening it is asked."""

    task: str
    lead: int = LEADS[0]


def rounds(question: Question, data: Path, split: Path) -> list[Task]:
    """The task, as one or several rounds that are fitted one after the other, each on all that was known before it.

    Raises:
        BadSplit: the folder or the split cannot be read, or there is no such task.
    """
    if question.task not in TASKS:
        raise BadSplit(f"there is no task {question.task}: {', '.join(TASKS)}")
    if question.lead not in LEADS:
        raise BadSplit(f"there is no forecast {question.lead} days before the opening: {', '.join(map(str, LEADS))}")
    if question.lead != max(LEADS) and question.task not in _AT_EITHER:
        raise BadSplit(
            f"{question.task} is not asked {question.lead} days before an opening, {', '.join(_AT_EITHER)} are: "
            f"leave --lead out"
        )
    return TASKS[question.task](read_folder(data), split, question.lead)


def _prerelease(folder: BoxOfficeHistory, split: Path, lead: int) -> list[Task]:
    return [_domestic(folder, split, lead)[0]]


def _opening(folder: BoxOfficeHistory, split: Path, lead: int) -> list[Task]:
    totals, films = _domestic(folder, split, lead)
    return [opening_task(totals, films, folder.past, totals.learn)]


def _domestic(folder: BoxOfficeHistory, split: Path, lead: int) -> tuple[Task, pd.DataFrame]:
    """The task before release, and its films by their opening."""
    asked = read_table(split, "prerelease.csv", ["open_date"])
    films = facts_of(folder.releases, asked["film_id"])
    learn = (asked["split"] == "train").to_numpy()
    if lead == max(LEADS):  # bookings are not known yet
        films = films.drop(columns="theatres")
    table = prerelease_table(films, folder.past, lead, frequent_genres(films[learn]))
    return totals_task(films, table, asked["domestic"].to_numpy(dtype=float), learn, lead, folder.past), films


def _worldwide(folder: BoxOfficeHistory, split: Path, lead: int) -> list[Task]:
    asked = read_table(split, "worldwide.csv", ["release_date"])
    films = facts_of(folder.films, asked["film_id"])
    learn = (asked["split"] == "train").to_numpy()
    table = prerelease_table(films, folder.past, lead, frequent_genres(films[learn]), "worldwide")
    return [totals_task(films, table, asked["gross_ww"].to_numpy(dtype=float), learn, lead)]


def _run(folder: BoxOfficeHistory, split: Path, lead: int) -> list[Task]:
    before, films = _domestic(folder, split, max(LEADS))
    days = read_table(split, "run.parquet", ["open_date"]).sort_values(["open_date", "film_id", "day"])
    counts = days.groupby("film_id").size()
    if (counts != DAYS).any():
        raise BadSplit(f"run.parquet has {counts[counts != DAYS].index[0]} with another number of days than {DAYS}")
    film = days["film_id"].to_numpy()[::DAYS]
    place = pd.Index(films["film_id"]).get_indexer(pd.Index(film))
    if (place < 0).any():
        raise BadSplit(f"run.parquet names {film[place < 0][0]}, which prerelease.csv does not")
    learned = before.learn[place]
    expected = sizes(before, films, until=int(day_number(films["opens"])[before.learn].max()))
    openings = films.assign(size=expected.to_numpy())
    runs = WideReleases(
        films.iloc[place].reset_index(drop=True), *(_matrix(days, name) for name in ("gross", "theaters"))
    )
    table = before.cases.table.iloc[place].reset_index(drop=True)
    return [remaining_run_task(runs, table, openings, Market.of(folder.daily), learned)]


def _market(folder: BoxOfficeHistory, split: Path, lead: int) -> list[Task]:
    before, films = _domestic(folder, split, max(LEADS))
    series = read_table(split, "market.csv", ["date"])
    slate = ReleaseSchedule.of(folder.daily, day_number(films["opens"]), sizes(before, films).to_numpy())
    market = Market.of(series)
    last = market.first + len(market.gross) - 1
    # A split does not tell which origins will be scored: each evening is asked that four weeks of it follow.
    learned, asked = _origins(_LEARNED_FROM, last, 7), _origins(_ASKED_FROM, last - HORIZON, 1)
    years = range(int(_ASKED_FROM[:4]), 1971 + last // 365, _YEARS_A_FIT)
    edges = [int(day_number(pd.Series([pd.Timestamp(year, 1, 1)]))[0]) for year in (*years, years[-1] + _YEARS_A_FIT)]
    made = [
        market_task(slate, market, learned, asked[(asked >= begin) & (asked < end)], (begin, end))
        for begin, end in itertools.pairwise(edges)
    ]
    return [_counting(each, int(asked[0])) for each in made if each.ask.any()]


def _counting(task: Task, first: int) -> Task:
    """The task, of whose asked evenings every `_COUNTED`th from day `first` on teaches when it is over."""
    taught = ~task.ask | ((task.cases.at - first) % _COUNTED == 0)
    return replace(task, seen=np.where(taught, task.seen, np.nan))


def _origins(first: str, last: int, step: int) -> np.ndarray:
    return np.arange(int(day_number(pd.Series([pd.Timestamp(first)]))[0]), last + 1, step)


def _matrix(days: pd.DataFrame, column: str) -> np.ndarray:
    return days[column].to_numpy(dtype=np.float64).reshape(-1, DAYS)


TASKS: dict[str, Callable[[BoxOfficeHistory, Path, int], list[Task]]] = {
    "prerelease": _prerelease,
    "opening": _opening,
    "worldwide": _worldwide,
    "run": _run,
    "market": _market,
}
