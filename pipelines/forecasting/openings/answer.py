"""What the verb `forecast` asks of a film that has not opened: what it should take, why, and what would change it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from models.base.columns import DATE, FILM, GROSS, QUANTILES
from models.base.days import day_number
from models.films.facts import certificates
from models.films.prerelease import comparable_films, prerelease_table
from models.outlook.openings import BOOKED, LEADS, OpeningOutlook, Openings
from pipelines.forecasting.openings.decide import family, today_of
from pipelines.lake import delta
from pipelines.lake.box_office import BoxOfficeHistory
from pipelines.lake.film_history import described_film, film_history
from pipelines.platform.context import Context
from pipelines.platform.errors import BadDescription, NothingServes, NothingThere
from pipelines.platform.film_lookup import films_named, some_films
from pipelines.platform.model_registry import Version
from streaming.schema.events import FilmDescribed

_WEEKS = (-4, -2, -1, 1, 2, 4)  # by which the opening could move
_SCALES = (0.5, 0.75, 1.25, 1.5)  # of the cinemas
_COMPARABLE, _NEAR = 8, 15  # films, and days within which others may be rivals
_WEEKS_OF_A_RUN = 26  # of a comparable film


@dataclass(frozen=True)
class OutlookAnswer:
    """A film's facts with its quantiles, dollars that sum to the median, like films with their runs, and changes."""

    facts: dict[str, Any]
    opening: dict[str, float]  # q10, q50, q90 of the first three days, US dollars
    contributions: list[dict[str, Any]]  # what, dollars; strongest first
    comparable: list[dict[str, Any]]  # title, opened, likeness, first_week, total, weeks: gross of each from the first
    changes: list[dict[str, Any]]  # what, q50, change (dollars)


@dataclass(frozen=True)
class _Question:
    history: BoxOfficeHistory
    openings: Openings
    version: Version
    outlook: OpeningOutlook
    row: int  # of the film in openings.films


def outlook(context: Context, film: str | FilmDescribed) -> OutlookAnswer:
    """The outlook on a film by film_id or a part of its title, or on one that is described.

    Raises:
        NothingThere: no announced film is called so.
        NothingServes: no outlook has been fitted yet.
        BadDescription: a described film opens before the box office ends.
    """
    with threadpool_limits(1, "blas"):  # matrices are small: a second thread only waits, which takes as much time
        return _answered(_question(context, film))


def _answered(asked: _Question) -> OutlookAnswer:
    place = int(asked.openings.coming[: asked.row].sum())  # among the films that are coming
    quantiles = asked.outlook.forecast(asked.openings).iloc[place]
    parts = asked.outlook.explain(asked.openings).iloc[place].sort_values(key=np.abs, ascending=False)
    told = asked.openings.films.iloc[asked.row]
    return OutlookAnswer(
        {
            **{"film_id": told[FILM], "title": told["title"], "opens": str(told["opens"].date())},
            **{"lead": asked.outlook.lead, "model_version": asked.version.name},
            "as_of": str(pd.Timestamp(asked.openings.today - 1, unit="D").date()),
            **{name: float(quantiles[name]) for name in QUANTILES},
        },
        _opening(asked, place),
        [{"what": str(name), "dollars": float(dollars)} for name, dollars in parts.items()],
        _comparable(asked),
        _changes(asked, float(quantiles["q50"])),
    )


def _opening(asked: _Question, place: int) -> dict[str, float]:
    """Quantiles of the first days, by a stack that is fitted on request: no cycle keeps one."""
    openings = asked.openings.first_days(asked.history.past)
    made = OpeningOutlook.fit(openings, asked.outlook.lead).forecast(openings).iloc[place]
    return {name: float(made[name]) for name in QUANTILES}


def _question(context: Context, film: str | FilmDescribed) -> _Question:
    as_of, today = _now(context)
    history = film_history(context.state.lake, as_of)
    releases = history.releases
    if isinstance(film, FilmDescribed):
        if film.opens is None or day_number(pd.Timestamp(film.opens)) < today:
            ended = pd.Timestamp(today, unit="D").date()
            raise BadDescription(f"{film.title} opens on {film.opens}, and it is {ended}: give a later date")
        # Where releases are told to be wide or limited, a film that does not say is taken to be wide.
        wide = film.wide if film.wide is not None or not releases["wide"].eq(True).any() else True
        releases = pd.concat([releases, described_film(film).assign(wide=wide)], ignore_index=True)
    wanted = film.film_id if isinstance(film, FilmDescribed) else _named(releases, film, history, today)
    booked = bool(releases.loc[releases[FILM] == wanted, "theatres"].notna().any())
    version, standing = _served(context, booked)
    openings = Openings.of(releases, history.past, today, standing.lead, standing.genres)
    places = np.flatnonzero((openings.films[FILM] == wanted).to_numpy() & openings.coming)
    if not len(places):
        raise NothingThere(f"{wanted} is told to be no wide release, and only wide ones are forecast before they open")
    return _Question(history, openings, version, standing, int(places[0]))


def _now(context: Context) -> tuple[int, int]:
    """The `now` of the newest cycle that is done, and the day that is not over then.

    Raises:
        NothingServes: no cycle is done.
    """
    moments = [record["as_of"] for record in context.ledger.records() if record["closed"]]
    if not moments:
        raise NothingServes("no cycle has run yet: `cineloop run --once`")
    return moments[-1], today_of(moments[-1])


def _named(releases: pd.DataFrame, film: str, history: BoxOfficeHistory, today: int) -> str:
    """The film_id of the announced film that is called so.

    Raises:
        NothingThere: there is none, or more than one.
    """
    out = releases[FILM].isin(history.daily[FILM])
    coming = releases[~out & (day_number(releases["opens"]) >= today)]
    titles = dict(zip(coming[FILM], coming["title"], strict=True))
    found = films_named(titles, film)
    if not found:
        raise NothingThere(
            f"no announced film is called {film!r}: describe it with --described FILE or --title and --opens"
        )
    if len(found) > 1:
        some = some_films(titles, found)
        raise NothingThere(f"{len(found)} announced films are called {film!r}, such as {some}: name one by its film_id")
    return found[0]


def _served(context: Context, booked: bool) -> tuple[Version, OpeningOutlook]:
    """The outlook at the shorter lead where cinemas are booked and it serves; else the one that needs no bookings."""
    for lead in sorted(LEADS) if booked else [lead for lead in LEADS if lead != BOOKED]:
        served = context.registry.loaded(family(lead), OpeningOutlook.load)
        if served is not None:
            return served
    raise NothingServes("no outlook serves yet: `cineloop run --once` fits one when enough films have run")


def _comparable(asked: _Question) -> list[dict[str, Any]]:
    """The most similar earlier films, with their gross of each week and in all."""
    one, past = asked.openings.films.iloc[[asked.row]].reset_index(drop=True), asked.history.past
    found = comparable_films(one, past, asked.outlook.lead)
    near = [place for place, likeness in zip(found.earlier[0], found.likeness[0], strict=True) if likeness > 0]
    if not near:
        return []
    films = past.films.iloc[near[:_COMPARABLE]]
    opened = pd.to_datetime(films["out"], unit="D")
    daily = asked.history.daily[asked.history.daily[FILM].isin(films[FILM])]
    since = (daily[DATE] - pd.to_datetime(daily[FILM].map(dict(zip(films[FILM], opened, strict=True))))).dt.days
    weeks = daily.assign(week=since // 7).pivot_table(GROSS, FILM, "week", "sum", 0.0)
    weeks = weeks.reindex(index=films[FILM], columns=range(_WEEKS_OF_A_RUN), fill_value=0.0)
    frame = pd.DataFrame(
        {
            **{"film_id": films[FILM], "title": films["title"], "opened": opened.dt.date.astype(str)},
            "likeness": found.likeness[0][: len(films)],
            "first_week": weeks[0].to_numpy(),
            "total": films[FILM].map(daily.groupby(FILM)[GROSS].sum()),
            "weeks": [np.trim_zeros(taken, "b").tolist() for taken in weeks.to_numpy()],
        }
    )
    return delta.records(frame)


def _changes(asked: _Question, median: float) -> list[dict[str, Any]]:
    """What the median would be on another date, in more or fewer cinemas, under another certificate.

    What errors of related films teach stays the same: it rests on the film's names.
    """
    row = asked.openings.films.index.to_numpy() == asked.row
    case = asked.openings.task.cases.take(row)
    stack = asked.outlook.outlook.stack
    taught = np.log(median + case.floor) - stack.predict(case)[0]
    named, films = zip(*_variants(asked), strict=True)
    table = _varied(asked, pd.concat(films, ignore_index=True))
    cases = replace(case.take(np.zeros(len(named), dtype=np.int64)), table=table)
    made = case.dollars(stack.predict(cases) + taught)
    return [
        {"what": what, "q50": float(q50), "change": float(q50) - median} for what, q50 in zip(named, made, strict=True)
    ]


def _varied(asked: _Question, films: pd.DataFrame) -> pd.DataFrame:
    """The table of the film with other facts, a row a variant, each among the films that open near it and no other."""
    everyone = asked.openings.films
    reach = pd.Timedelta(days=_NEAR)
    near = everyone["opens"].between(films["opens"].min() - reach, films["opens"].max() + reach)
    others = everyone[near & (everyone.index != asked.row)]
    both = pd.concat([films, others], ignore_index=True)
    return prerelease_table(both, asked.history.past, asked.outlook.lead, asked.outlook.genres).head(len(films))


def _variants(asked: _Question) -> Iterator[tuple[str, pd.DataFrame]]:
    one = asked.openings.films.iloc[[asked.row]]
    told = one.iloc[0]
    for weeks in _WEEKS:
        day = told["opens"] + pd.Timedelta(weeks=weeks)
        if day_number(day) >= asked.openings.today:
            yield f"opening on {day.date()} ({weeks:+d} weeks)", one.assign(opens=day)
    for scale in _SCALES if "theatres" in one else ():
        count = round(told["theatres"] * scale)
        yield f"in {count:,} cinemas (× {scale:g})", one.assign(theatres=float(count))
    for certificate in certificates():
        if certificate != told["certificate"]:
            yield f"rated {certificate}", one.assign(certificate=certificate)
