"""Box office: what films take in cinemas day by day, by date, rivals and taste."""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pandas as pd
from pandas.tseries.holiday import USFederalHolidayCalendar

from streaming.audience.clock import WEEK, date_of, first_day, midnight
from streaming.audience.films import Films, film_id
from streaming.audience.numeric import Floats, Integers, generator, logistic
from streaming.audience.world import World
from streaming.schema.events import BoxOfficeDay, derive_id

HISTORY_WEEKS = 60  # of box office before the start: it is public knowledge
_OPENING = 1.6e7  # US dollars of a middling film's first week
_BUDGET, _QUALITY, _APPEAL, _TASTE, _SURPRISE = 0.6, 0.2, 0.25, 0.8, 0.3  # on the log of the opening
_WEEKDAYS = np.array([0.055, 0.065, 0.06, 0.06, 0.23, 0.31, 0.22])  # shares of a week, from Monday
_HOLIDAY = 2.2  # a working day that is a holiday, against one that is not
_NEAR = 14  # days between the openings of rivals
_RIVALRY = 0.35
_DAILY_NOISE = 0.1


def in_cinemas(films: Films, week: int) -> Integers:
    """The rows of the films that run on some day of `week`."""
    monday = first_day(week)
    return np.flatnonzero((films.released < monday + WEEK) & (films.released + films.weeks * WEEK > monday))


def week_of_grosses(world: World, week: int) -> tuple[Integers, Floats]:
    """The films in cinemas in `week`, (films,), and what each takes on each day, (films, 7), in US dollars.

    A day on which a film does not run holds 0. History is answered too: `week` may be 0 or negative.
    """
    return _compute_week_of_grosses(world, world.films_of(max(week, 0)), week)


def box_office_events(world: World, week: int) -> Iterator[BoxOfficeDay]:
    """An event a film and day of `week`, which may lie before the start; rank 1 took most."""
    rows, grosses = week_of_grosses(world, week)
    days = first_day(week) + np.arange(WEEK)
    shown_on = screens(world.films_of(max(week, 0)), rows, days)
    ranks = np.argsort(np.argsort(-grosses, axis=0, kind="stable"), axis=0) + 1
    for film, offset in np.argwhere(grosses > 0):
        name, day = film_id(rows[film]), date_of(days[offset])
        yield BoxOfficeDay(
            event_id=derive_id("audience", world.seed, "boxoffice", name, day),
            occurred_at=midnight(int(days[offset]) + 1) - 1,
            film_id=name,
            date=day,
            gross=round(float(grosses[film, offset]), 2),
            screens=int(shown_on[film, offset]),
            rank=int(ranks[film, offset]),
        )


def gross_if_opened(world: World, row: int, day: int) -> float:
    """What film `row` would take in its whole run if it opened on `day`, in US dollars.

    All else is as it is: its rivals open when they do, and every draw of chance is that of the same film and date.
    The film must have been announced by the week of `day`.
    """
    first = day // WEEK + 1
    last = first + int(world.films_of(max(first, 0)).weeks[row])  # one week more, where a run begins within a week
    films = world.films_of(max(last, 0))  # no film runs before it is announced, so more of them change no week
    released = films.released.copy()
    released[row] = day
    moved = replace(films, released=released)
    weeks = (_compute_week_of_grosses(world, moved, week) for week in range(first, last + 1))
    return sum(float(grosses[running == row].sum()) for running, grosses in weeks)


def _compute_week_of_grosses(world: World, films: Films, week: int) -> tuple[Integers, Floats]:
    running = in_cinemas(films, week)
    days = first_day(week) + np.arange(WEEK)
    age = days[None, :] - films.released[running, None]
    runs = (age >= 0) & (age < films.weeks[running, None] * WEEK)
    usual = opening_grosses(world, films, running)[:, None] * hold(films, running)[:, None] ** (age // WEEK)
    noise = np.exp(_DAILY_NOISE * _daily_noise(world.seed, week, len(films)))[running]
    return running, np.where(runs, usual * calendar(week) * pressure(films, running, days) * noise, 0.0)


def opening_grosses(world: World, films: Films, rows: Integers) -> Floats:
    """What films would take in their first week in a plain season without rivals, (rows,), in US dollars."""
    logs = (
        _BUDGET * np.log(films.budget / 3e7)
        + _QUALITY * films.quality
        + _APPEAL * films.appeal
        + _SURPRISE * films.surprise
    )[rows]
    return np.asarray(_OPENING * np.exp(logs + _TASTE * _taste_at_release(world, films, rows)))


def hold(films: Films, rows: Integers) -> Floats:
    """The share of its gross that each film keeps from one week to the next, (rows,): good films keep more."""
    return 0.45 + 0.3 * logistic(films.quality[rows])


def pressure(films: Films, rows: Integers, days: Integers) -> Floats:
    """What rivals leave of a film's gross, (rows, days), in (0, 1].

    A rival opens within two weeks of the film, shares genres with it (cosine), presses by its budget, and
    does so from the day on which it opens.
    """
    loud = films.genres[rows] / np.sqrt(films.genres[rows].sum(axis=1, keepdims=True))
    apart = np.abs(films.released[rows, None] - films.released[None, rows])
    rivals = (loud @ loud.T) * (apart <= _NEAR) * np.sqrt(films.budget[rows] / 3e7)
    np.fill_diagonal(rivals, 0.0)
    age = days[None, :] - films.released[rows, None]
    fresh = (age >= 0) * np.exp(-np.maximum(age, 0) / (2 * WEEK))
    return np.asarray(np.exp(-_RIVALRY * rivals @ fresh))


def calendar(week: int) -> Floats:
    """The share of a plain week's gross that each day of `week` takes, (7,): weekday, season, holidays."""
    dates = [date_of(first_day(week) + offset) for offset in range(WEEK)]
    weekdays = np.arange(WEEK)
    holiday = np.array([d in _federal_holidays(d.year) for d in dates]) & (weekdays < 4)
    season = [_season(d.timetuple().tm_yday) for d in dates]
    return _WEEKDAYS * np.where(holiday, _HOLIDAY, 1.0) * season


def screens(films: Films, rows: Integers, days: Integers) -> Integers:
    """How many screens show each film, (rows, days): by budget at the opening, and fewer every week."""
    opening = np.clip(1400 * (films.budget[rows] / 3e7) ** 0.5, 60, 4300)
    weeks = np.maximum(days[None, :] - films.released[rows, None], 0) // WEEK
    return np.asarray(np.maximum(opening[:, None] * 0.78**weeks, 12).astype(np.int64), dtype=np.int64)


def _taste_at_release(world: World, films: Films, rows: Integers) -> Floats:
    """How well each film suits the public in the week in which it opens, (rows,)."""
    opens = films.released[rows] // WEEK + 1
    return np.array([_cached_public_taste(world, int(w))[row] for row, w in zip(rows, opens, strict=True)])


@lru_cache(maxsize=256)
def _cached_public_taste(world: World, week: int) -> Floats:
    return world.public_taste(week)


def _daily_noise(seed: int, week: int, films: int) -> Floats:
    return generator(seed, "gross", week).standard_normal((films, WEEK))


def _season(day_of_year: int) -> float:
    """Summer and Christmas are high, early spring and autumn low."""
    summer = np.exp(-(((day_of_year - 185) / 35) ** 2))
    christmas = np.exp(-(((day_of_year - 361 + 183) % 365 - 183) ** 2) / 10**2)
    return float(0.85 + 0.45 * summer + 0.6 * christmas)


@lru_cache(maxsize=64)
def _federal_holidays(year: int) -> frozenset[object]:
    first, last = pd.Timestamp(year, 1, 1), pd.Timestamp(year, 12, 31)
    return frozenset(day.date() for day in USFederalHolidayCalendar().holidays(first, last))
