"""Whether viewing predicts the box office: a study in simulated worlds, which have both.

Each world lives by itself for some two years. Films that open in its last part are forecast by what was learned of
those before, once by facts and box office alone and once with what viewers did in the weeks before; and once with
the public's hidden taste itself at the time, which no viewing can tell better.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from models.base.columns import FILM, GROSS
from models.base.days import day_number
from models.estimators.cases import FloatArray
from models.evaluation.metrics import ratio_interval
from models.films.demand import LIKE, PLAY, RATE, SEARCH, Viewing, demand_table
from models.films.facts import frequent_genres
from models.films.prerelease import prerelease_table
from models.outlook.outlook import CalibratedStack
from models.tasks.task import Task
from models.tasks.totals import cycle_stack, totals_task
from pipelines.lake.box_office import BoxOfficeHistory
from pipelines.lake.film_history import history_of
from pipelines.simulation.worlds import silver_rows, worlds
from streaming.audience.clock import START, WEEK, ends
from streaming.audience.event_stream import opening, week_of_life
from streaming.audience.films import film_id
from streaming.audience.pseudonyms import pseudonym_of
from streaming.audience.world import World
from streaming.schema.bounds import DAY_MS
from streaming.schema.events import BoxOfficeDay, Event, FilmDescribed, Like, Play, Rate, Search, ViewingEvent

WITHOUT, WITH, CEILING = "without viewing", "with viewing", "with the hidden taste"
_RUN = 98  # days after which every run of a world is over
_LEARNED = 0.6  # of the weeks: films whose run is over by then are learned
_START = int(day_number(pd.Timestamp(START)))
_KINDS = {Play: PLAY, Like: LIKE, Rate: RATE, Search: SEARCH}


@dataclass(frozen=True)
class DemandRow:
    """Films forecast with some more columns: errors of the log gross, and the mean one over that without them.

    The change is a share of the mean absolute error without viewing, with its 95 % interval over worlds.
    """

    inputs: str
    rmsle: float
    mean_error: float  # |log forecast − log gross|
    change: float
    low: float
    high: float
    better: float  # the share of films whose error is smaller than without viewing


@dataclass(frozen=True)
class DemandEvaluation:
    """Films forecast, the mean number of films learned in a world, and a row a set of columns."""

    films: int
    learned: float
    rows: list[DemandRow]


def evaluate_demand(
    count: int, viewers: int, weeks: int, lead: int, seed: int, began: Callable[[str], None]
) -> DemandEvaluation:
    """Forecast the later films of simulated worlds with and without viewing, and compare the errors film by film.

    Args:
        count: of worlds.
        viewers: of each world at its start.
        weeks: that each world lives.
        lead: days before its opening on which a film is forecast.
        began: called with the name of each step as it begins.
    """
    found = [
        _world(world, weeks, lead).assign(world=number)
        for number, world in enumerate(worlds("demand", count, seed, began, viewers))
    ]
    films = pd.concat(found, ignore_index=True)
    rows = [_compared(films, name) for name in (WITHOUT, WITH, CEILING)]
    return DemandEvaluation(len(films), float(films.groupby("world")["learned"].first().mean()), rows)


def _world(world: World, weeks: int, lead: int) -> pd.DataFrame:
    """Errors of the log gross, a row a later film and a column a set of columns; and how many films were learned."""
    history, viewing = lived(world, weeks)
    end, cut = (_START + at * WEEK for at in (weeks, int(_LEARNED * weeks)))
    films, opens = history.releases, day_number(history.releases["opens"])
    learn, ask = opens + _RUN <= cut, (opens - lead >= cut) & (opens + _RUN <= end)
    kept = learn | ask
    films, opens, learn = films[kept].reset_index(drop=True), opens[kept], learn[kept]
    table = prerelease_table(films, history.past, lead, frequent_genres(films[learn]))
    gross = films[FILM].map(history.daily.groupby(FILM)[GROSS].sum()).to_numpy(dtype=np.float64)
    task = totals_task(films, table, gross, learn, lead, history.past)
    people = viewing.films.set_index(FILM)["people"]
    more = {
        WITHOUT: pd.DataFrame(index=table.index),
        WITH: demand_table(films.assign(people=films[FILM].map(people)), viewing, opens - lead),
        CEILING: pd.DataFrame({"the public's taste": _taste(world, films, opens - lead)}),
    }
    errors = {name: _errors(task, pd.concat([table, columns], axis=1)) for name, columns in more.items()}
    return pd.DataFrame(errors).assign(learned=int(learn.sum()))


def lived(world: World, weeks: int) -> tuple[BoxOfficeHistory, Viewing]:
    """The box office and viewing of a world that has lived for so many weeks, and was shown no slates."""
    described: list[FilmDescribed] = []
    days: list[BoxOfficeDay] = []
    viewed: list[tuple[str, str | None, int, float, str | None]] = []
    watched: dict[str, set[str]] = {}

    def take(events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, FilmDescribed):
                described.append(event)
            elif isinstance(event, BoxOfficeDay):
                days.append(event)
            elif isinstance(event, ViewingEvent) and type(event) in _KINDS:
                viewed.append(_viewed(event))
                if isinstance(event, Play):
                    watched.setdefault(event.viewer_id, set()).add(event.film_id)

    pseudonym = pseudonym_of(world.seed)
    take(event for event, _ in opening(world, pseudonym))
    for week in range(1, weeks + 1):
        take([event for event, _ in week_of_life(world, week, {}, watched, pseudonym)])
    now = pd.Timestamp(ends(weeks) - 1, unit="ms")
    told, taken = silver_rows(described), silver_rows(days)
    events = pd.DataFrame(viewed, columns=["type", FILM, "day", "rating", "query"])
    films = told[[FILM, "genres", "people"]].assign(released=day_number(pd.to_datetime(told["release_date"])))
    return history_of(told, taken, now), Viewing.of(films, events[events["day"] >= _START])


def _viewed(event: ViewingEvent) -> tuple[str, str | None, int, float, str | None]:
    rating, query = getattr(event, "rating", np.nan), getattr(event, "query", None)
    return _KINDS[type(event)], event.film_id, event.occurred_at // DAY_MS, rating, query


def _taste(world: World, films: pd.DataFrame, by: np.ndarray) -> FloatArray:
    """The public's hidden taste for each film on the day of the forecast."""
    rows = {film_id(row): row for row in range(len(world.films_of(int((by.max() - _START) // WEEK) + 1)))}
    taste = {week: world.public_taste(week) for week in np.unique((by - _START) // WEEK + 1).tolist()}
    weeks = ((by - _START) // WEEK + 1).tolist()
    known = [taste[week] for week in weeks]
    places = [rows[name] for name in films[FILM]]
    return np.array([each[place] if place < len(each) else np.nan for each, place in zip(known, places, strict=True)])


def _errors(task: Task, table: pd.DataFrame) -> FloatArray:
    """Log forecast less log gross of the films asked of, by a stack fitted on those learned."""
    cases = replace(task.cases, table=table)
    learned = cases.take(task.learn)
    stack = cycle_stack(len(learned), 0).fit(learned, task.outcome[task.learn])
    outlook = CalibratedStack.of(stack, learned, task.seen[task.learn])
    made = outlook.forecast(cases.take(task.ask), task.seen[task.ask])
    return np.log1p(made["q50"].to_numpy()) - task.outcome[task.ask]


def _compared(films: pd.DataFrame, name: str) -> DemandRow:
    """Films of one world share a model: the interval draws worlds, not films."""
    ours, theirs = films[name].abs(), films[WITHOUT].abs()
    sums = pd.DataFrame({"ours": ours, "theirs": theirs}).groupby(films["world"]).sum()
    low, high = ratio_interval(sums["ours"], sums["theirs"], level=0.95)
    return DemandRow(
        inputs=name,
        rmsle=float(np.sqrt((films[name] ** 2).mean())),
        mean_error=float(ours.mean()),
        change=float(ours.sum() / theirs.sum() - 1),
        low=low - 1,
        high=high - 1,
        better=float((ours < theirs).mean()),
    )
