"""What the verb `plan` asks: what a film would take on other release dates, by what was public on an evening."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from models.base.columns import FILM
from models.base.days import day_number, weekday
from models.base.errors import EmptyTraining
from models.planning.planner import Planner, weekly
from pipelines.lake import delta
from pipelines.lake.film_history import film_history, history_of
from pipelines.platform.errors import NothingThere
from pipelines.platform.film_lookup import asked_film

NOTICE = 4  # weeks from today before which no date can be moved to: theatres are booked, the campaign runs


@dataclass(frozen=True)
class PlanningData:
    """What was public on an evening: films with a date (as in `film_history`, and `announced`), and days of grosses."""

    films: pd.DataFrame
    daily: pd.DataFrame
    today: int  # day number


@dataclass(frozen=True)
class PlanAnswer:
    """Dates for a film: its facts, a row a date and scale (see `Planner.plan`), and the rivals of the best date."""

    facts: dict[str, Any]
    dates: list[dict[str, Any]]
    rivals: list[dict[str, Any]]


def known_of_lake(lake: Path, by: int | None = None) -> PlanningData:
    """Read silver by its newest box office up to `by` (UTC milliseconds, or all); raises NothingThere if none."""
    told = delta.read(lake, "silver/films", [FILM, "occurred_at"])
    taken = delta.read(lake, "silver/boxoffice", ["occurred_at"])
    if told is None or taken is None or taken.empty:
        raise NothingThere(f"no film in {lake} has taken anything: `cineloop run --once`, or replay a box office")
    newest = pd.Timestamp(taken["occurred_at"].max())
    now = newest if by is None else min(newest, pd.Timestamp(by, unit="ms", tz="UTC"))
    history = film_history(lake, int(now.timestamp() * 1000))
    return _planning_data(history.releases, history.daily, told[told["occurred_at"] <= now], now)


def known_of_rows(described: pd.DataFrame, reported: pd.DataFrame, now: pd.Timestamp) -> PlanningData:
    """Planning data from rows of silver/films and silver/boxoffice, all of them known by `now` (UTC)."""
    history = history_of(described, reported, now.tz_localize(None))
    return _planning_data(history.releases, history.daily, described, now)


def plan(
    lake: Path, film: str, weeks: int, scales: tuple[float, ...], seed: int = 0, by: int | None = None
) -> PlanAnswer:
    """Plan a film (by id or part of its title) from the lake: its gross on its weekday of so many weeks.

    Raises:
        NothingThere: no film, or more than one, that is still to open is called so, or too few have run to learn from.
    """
    known = known_of_lake(lake, by)
    coming = known.films[day_number(known.films["opens"]) > known.today]
    row = asked_film(known.films, film, coming, "is still to open")
    try:
        planner = Planner.learn(known.films, known.daily, known.today)
    except EmptyTraining as error:
        raise NothingThere(f"{error}: replay a box office with more films, or turn more cycles") from error
    announced = int(day_number(row["opens"]))
    days = weekly(known.today, weeks, NOTICE, int(weekday(np.array(announced))))
    dates = planner.plan(row[FILM], days, scales, seed=seed)
    offered = dates[dates["opens"].isin(days.astype("datetime64[D]"))]
    best = offered.iloc[int(offered["q50"].to_numpy().argmax())]
    facts = {
        **{name: row[name] for name in (FILM, "title")},
        "announced": row["opens"].date(),
        "best": best["opens"].date(),
        "as_of": pd.Timestamp(known.today, unit="D").date(),
        "rivalry": str(planner.form),
        "elasticity": planner.elasticity,
    }
    rows = delta.records(dates.assign(announced=dates["opens"] == row["opens"], opens=dates["opens"].dt.date))
    return PlanAnswer(facts, rows, delta.records(planner.rivals(row[FILM], int(day_number(best["opens"])))))


def _planning_data(films: pd.DataFrame, daily: pd.DataFrame, told: pd.DataFrame, now: pd.Timestamp) -> PlanningData:
    """Planning data from frames; films get the day on which they were first told of, `now` becomes a day number."""
    first = pd.to_datetime(told.groupby(FILM)["occurred_at"].min(), utc=True).dt.tz_localize(None).dt.normalize()
    # Films that were on when the record begins seem to open on its first day, in the few theatres that were left.
    theatres = films["theatres"].where(films["opens"] > daily["date"].min())
    known = films.assign(announced=films[FILM].map(first), theatres=theatres)
    return PlanningData(known, daily, int(day_number(now.tz_localize(None))))
