"""How viewers answer slates: the position-based click model, and what comes of each click."""

from dataclasses import dataclass

import numpy as np

from streaming.audience.arrays import Booleans, Floats, Integers
from streaming.audience.chance import generator
from streaming.audience.clock import MINUTE_MS, ends
from streaming.audience.scene import Scene
from streaming.audience.showing import Showing
from streaming.audience.watching import DRAWS, Watching, watch

_GLANCE_MS = 3_000  # from one position to the next
_BREAK_MS = 8 * MINUTE_MS  # between two films
_SKIPS = 0.04  # of those who look and do not click


@dataclass(frozen=True)
class Answers:
    """What viewers do with each item of a showing, one row each."""

    seen_at: Integers  # UTC ms
    clicked: Booleans
    waved: Booleans
    starts: Integers  # UTC ms; meaningless where not clicked
    watching: Watching  # meaningless where not clicked


def answer(scene: Scene, shown: Showing) -> Answers:
    """The answers to all items shown, each drawn on its own: P(click) = examination x attraction.

    Viewers watch what they clicked one after the other, from the top. The draws belong to viewer and place in
    the slate, whatever is shown there.
    """
    draws = _draws(scene, shown)
    looks, clicks = draws[:, 0] < shown.examination, draws[:, 1] < shown.attraction
    clicked = looks & clicks
    watching = watch(draws[:, 3:], scene.enjoyment[shown.viewer, shown.film], scene.films.minutes[shown.film])
    seen_at = np.minimum(scene.visits[shown.viewer] + _GLANCE_MS * shown.order, ends(scene.week) - 1)
    busy = np.where(clicked, watching.duration + _BREAK_MS, 0)
    return Answers(
        seen_at=seen_at,
        clicked=clicked,
        waved=looks & ~clicks & (draws[:, 2] < _SKIPS),
        starts=seen_at + _before(busy, shown.slate),
        watching=watching,
    )


def _draws(scene: Scene, shown: Showing) -> Floats:
    """Uniform numbers, (items, 3 + DRAWS)."""
    places = int(shown.order.max(initial=-1)) + 1
    chance = generator(scene.world.seed, "answer", scene.week)
    return chance.random((places, len(scene.viewers), 3 + DRAWS))[shown.order, shown.viewer]


def _before(values: Integers, group: Integers) -> Integers:
    """The sum of the values above each row within its group; groups are runs of rows."""
    above = np.cumsum(values) - values
    return above - above[np.searchsorted(group, group)]
