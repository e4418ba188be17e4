"""How viewers answer slates: a position-based click model, and how far they watch, rate and like what they clicked."""

from dataclasses import dataclass

import numpy as np

from streaming.audience.clock import MINUTE_MS, ends
from streaming.audience.numeric import Booleans, Floats, Integers, generator, logistic
from streaming.audience.slate_frames import ShownSlates
from streaming.audience.week_state import WeekState

DRAWS = 5  # uniform numbers that one watching takes
_MIDDLING, _PER_ENJOYMENT, _WHIM = 2.7, 0.65, 0.5  # stars
_RATES_FINISHED, _RATES_UNFINISHED = 0.5, 0.12
_GLANCE_MS = 3_000  # from one position to the next
_BREAK_MS = 8 * MINUTE_MS  # between two films
_SKIPS = 0.04  # of those who look and do not click


@dataclass(frozen=True)
class ViewingOutcomes:
    """The outcomes of films begun, one row each; `rating` is NaN where none was given."""

    fraction: Floats  # of the film; 1 where it was watched to its end
    rating: Floats  # stars, 0.5 to 5 in halves
    liked: Booleans
    duration: Integers  # milliseconds


@dataclass(frozen=True)
class SlateAnswers:
    """What viewers do with each item shown, one row each."""

    seen_at: Integers  # UTC ms
    clicked: Booleans
    skipped: Booleans
    starts: Integers  # UTC ms; meaningless where not clicked
    watching: ViewingOutcomes  # meaningless where not clicked


def answer(state: WeekState, shown: ShownSlates) -> SlateAnswers:
    """Simulate what viewers do with all items shown: P(click) = examination x attraction, each drawn on its own.

    Viewers watch what they clicked one after the other, from the top. The draws belong to viewer and place in
    the slate, whatever is shown there.
    """
    draws = _uniform_draws(state, shown)
    looks, clicks = draws[:, 0] < shown.examination, draws[:, 1] < shown.attraction
    clicked = looks & clicks
    watching = watch(draws[:, 3:], state.enjoyment[shown.viewer, shown.film], state.films.minutes[shown.film])
    seen_at = np.minimum(state.visits[shown.viewer] + _GLANCE_MS * shown.order, ends(state.week) - 1)
    busy = np.where(clicked, watching.duration + _BREAK_MS, 0)
    return SlateAnswers(
        seen_at=seen_at,
        clicked=clicked,
        skipped=looks & ~clicks & (draws[:, 2] < _SKIPS),
        starts=seen_at + _sum_above_in_group(busy, shown.slate),
        watching=watching,
    )


def watch(draws: Floats, enjoyment: Floats, minutes: Integers) -> ViewingOutcomes:
    """How far films begun are watched, rated and liked, from uniform `draws`, (n, DRAWS), and enjoyment, (n,)."""
    finishes = draws[:, 0] < logistic(0.8 * enjoyment - 0.2)
    fraction = np.where(finishes, 1.0, np.round(0.03 + 0.9 * draws[:, 1], 3))
    speaks = draws[:, 2] < np.where(finishes, _RATES_FINISHED, _RATES_UNFINISHED)
    likes = finishes & (draws[:, 4] < 0.5 * logistic(2 * enjoyment - 2))
    duration = (fraction * minutes * MINUTE_MS).astype(np.int64)
    return ViewingOutcomes(fraction, np.where(speaks, _stars(draws[:, 3], enjoyment), np.nan), likes, duration)


def _stars(draws: Floats, enjoyment: Floats) -> Floats:
    """Half stars by enjoyment and whim; the whim is logistic, of standard deviation `_WHIM`."""
    whim = _WHIM * np.sqrt(3) / np.pi * np.log((draws + 1e-9) / (1 - draws + 1e-9))
    return np.asarray(
        np.clip(np.rint(2 * (_MIDDLING + _PER_ENJOYMENT * enjoyment + whim)) / 2, 0.5, 5.0), dtype=np.float64
    )


def _uniform_draws(state: WeekState, shown: ShownSlates) -> Floats:
    """Uniform numbers, (items, 3 + DRAWS)."""
    places = int(shown.order.max(initial=-1)) + 1
    chance = generator(state.world.seed, "answer", state.week)
    return chance.random((places, len(state.viewers), 3 + DRAWS))[shown.order, shown.viewer]


def _sum_above_in_group(values: Integers, group: Integers) -> Integers:
    """The sum of the values above each row within its group; groups are runs of rows."""
    above = np.cumsum(values) - values
    return above - above[np.searchsorted(group, group)]
