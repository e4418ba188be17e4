"""Silver's films and days, as they were known at a time, as the frames that forecasters read.

The shape is that of `forecast_data.read_folder`, so that a lake and a folder are asked by the same code. Nothing later
than the time asked for is in it, and the newest word stands: a film's last description, a day's last correction.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from models.base.columns import DATE, FILM, GROSS
from models.base.days import day_number
from models.films.past import LISTS, PastReleases
from pipelines.lake import delta
from pipelines.lake.box_office import BoxOfficeHistory
from pipelines.platform import set_aside
from pipelines.platform.errors import NothingThere
from streaming.schema.events import FilmDescribed

HOME = "US"  # the territory whose days are the market
_FIRST_WEEK = 7  # days, whose most cinemas are a film's theatres once it is out
_OVERDUE = pd.Timedelta(days=14)  # after its announced day, a film that takes nothing is not coming; nor is one sooner
_PLAIN = ("title", "budget", "certificate", "runtime_minutes", "synopsis", "distributor", "wide", "opening_theatres")
_NUMBERS = ("budget", "runtime_minutes", "opening_theatres")
_DESCRIBED = [FILM, "event_id", "occurred_at", *_PLAIN, *LISTS, "people", "release_date", "opens"]
_REPORTED = [FILM, "event_id", "occurred_at", DATE, GROSS, "screens"]


def film_history(lake: Path, as_of: int) -> BoxOfficeHistory:
    """Read what silver/films and silver/boxoffice said by `as_of` (UTC milliseconds, inclusive).

    Raises:
        NothingThere: no film had taken anything by then.
    """
    until = pc.field("occurred_at") <= pd.Timestamp(as_of, unit="ms", tz="UTC")
    described = delta.read(lake, "silver/films", _DESCRIBED, until)
    reported = delta.read(lake, "silver/boxoffice", _REPORTED, until & (pc.field("territory") == HOME))
    if described is None or reported is None or reported.empty:
        when = pd.Timestamp(as_of, unit="ms").date()
        raise NothingThere(f"no film had taken anything by {when}: send box-office events, or replay some")
    return history_of(described, reported, pd.Timestamp(as_of, unit="ms"))


def history_of(described: pd.DataFrame, reported: pd.DataFrame, now: pd.Timestamp) -> BoxOfficeHistory:
    """Rows of silver, all known by `now`, as the forecasters' frames.

    `releases` has the films that are out or announced and of which more than the title is told, with opens, theatres
    and wide (None where not told); `films` has all that are out or announced. A film of which absurd numbers are told
    is in none of the frames: `aside` has it, and why.

    Raises:
        NothingThere: no other film has taken anything.
    """
    facts, days = newest(described, FILM), newest(reported, FILM, DATE)
    aside = set_aside.absurd(days[[GROSS, "screens"]], days[FILM])
    aside |= set_aside.absurd(facts[list(_NUMBERS)], facts[FILM])
    daily = _daily_frame(days[~days[FILM].isin(aside)])
    if daily.empty:
        raise NothingThere(
            f"all {len(aside)} films with box office by {now.date()} were set aside: implausible numbers"
        )
    films = _film_facts(facts[~facts[FILM].isin(aside)], daily)
    out = films[FILM].isin(daily[FILM])
    coming = films["opens"] >= now.normalize() - _OVERDUE
    told = films["overview"].notna() | films["budget"].notna() | (films["genres"].map(len) > 0)
    kept = films["opens"].notna() & (out | coming)
    past = PastReleases(_past_films(films[out], daily), daily)
    releases, all_films = (films[rows].reset_index(drop=True) for rows in (kept & told, kept))
    return BoxOfficeHistory(daily, releases, all_films, past, aside)


def described_film(film: FilmDescribed) -> pd.DataFrame:
    """A description as a row of `releases`."""
    daily = pd.DataFrame({FILM: [], DATE: pd.to_datetime([]), GROSS: [], "theatres": []})
    row = pd.DataFrame([film.model_dump()])
    return _film_facts(row.assign(**{name: row[name].astype(float) for name in _NUMBERS}), daily)


def newest(rows: pd.DataFrame, *keys: str) -> pd.DataFrame:
    """The last word on each key, in whatever order the words came: as `jobs.features.known.newest`."""
    ordered = rows.sort_values(["occurred_at", "event_id"], kind="stable")
    return ordered.drop_duplicates(list(keys), keep="last").sort_values(list(keys), ignore_index=True)


def _daily_frame(days: pd.DataFrame) -> pd.DataFrame:
    """Silver's days as the forecasters' daily frame: film, date, gross, theatres."""
    dates = pd.to_datetime(days[DATE])
    return pd.DataFrame(
        {FILM: days[FILM], DATE: dates, GROSS: days[GROSS], "theatres": days["screens"].astype(np.float64)}
    )


def _film_facts(described: pd.DataFrame, daily: pd.DataFrame) -> pd.DataFrame:
    """Facts as forecasters name them, by day of the opening."""
    lists = {name: described[name].map(_tuple_of_names) for name in (*LISTS, "people")}
    untold = ~(lists["directors"].map(bool) | lists["writers"].map(bool) | lists["stars"].map(bool))
    lists["stars"] = lists["stars"].where(~untold, lists.pop("people"))
    opens = _opening_days(described, daily)
    booked = described["opening_theatres"].astype(np.float64)
    films = described[[FILM, *_PLAIN]].rename(columns={"synopsis": "overview"}).drop(columns="opening_theatres")
    theatres = booked.fillna(_first_week_theatres(described[FILM], opens, daily))
    films = films.assign(**lists, opens=opens, theatres=theatres, title=films["title"].fillna(""))
    return films.sort_values(["opens", FILM], ignore_index=True)


def _opening_days(described: pd.DataFrame, daily: pd.DataFrame) -> pd.Series:
    """The announced day; where none is, or a film came at quite another time, the first that took something."""
    announced = pd.to_datetime(described["opens"]).fillna(pd.to_datetime(described["release_date"]))
    first = pd.to_datetime(described[FILM].map(daily.groupby(FILM)[DATE].min()))
    return announced.where((announced - first).abs().fillna(pd.Timedelta(0)) <= _OVERDUE, first)


def _first_week_theatres(films: pd.Series, opens: pd.Series, daily: pd.DataFrame) -> pd.Series:
    """The most cinemas in which each film played in its first week; NaN before."""
    since = (daily[DATE] - pd.to_datetime(daily[FILM].map(opens.set_axis(films)))).dt.days
    week = daily[(since >= 0) & (since < _FIRST_WEEK)]
    return films.map(week.groupby(FILM)["theatres"].max())


def _past_films(films: pd.DataFrame, daily: pd.DataFrame) -> pd.DataFrame:
    """Films that have taken something. Final grosses are not needed: the days before tell them."""
    facts = films[[FILM, "title", *LISTS, "overview", "distributor", "budget"]]
    weeks = _first_week_theatres(films[FILM], films["opens"], daily)
    past = facts.assign(out=day_number(films["opens"]), theatres=weeks, domestic=np.nan, worldwide=np.nan)
    return past.sort_values(["out", FILM], ignore_index=True)


def _tuple_of_names(values: object) -> tuple[str, ...]:
    return () if values is None else tuple(name for name in values if name is not None)  # type: ignore[attr-defined]
