"""Trailers: to whom campaigns show them, and their effect on clicks.

A trailer makes a film known. Viewers who like such films hear of most of them anyway, and those who do not like them
stay away all the same: a trailer works best in between, and on those who follow no film news. How much viewers hear of
by themselves differs from world to world.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

import numpy as np

from streaming.audience.numeric import Floats, generator, logistic
from streaming.audience.viewers import attention
from streaming.audience.world import World
from streaming.schema.events import Campaign

Trailers = Mapping[str, Mapping[str, int]]  # viewer (by pseudonym) → film_id → the week of the last trailer
_PUSH = 2.5  # log odds: on a viewer who had not heard of the film, in the week after
_FADES = 4.0  # weeks
_HEARD, _BY_BUDGET = -0.5, 0.5  # log odds: of a middling film, and how much louder a dearer one is
_BY_TASTE = (1.0, 4.0)  # the range of worlds


def push(world: World, week: int, ago: Floats) -> Floats:
    """What trailers add in `week` to the log odds of a click, (viewers, films).

    `ago` says how many weeks before each viewer saw each film's trailer, infinity where they did not.
    """
    return np.asarray(_PUSH * np.exp(-(ago - 1) / _FADES) * (1 - heard_of(world, week)))


@lru_cache(maxsize=4)
def heard_of(world: World, week: int) -> Floats:
    """The probability that each viewer has heard of each film without a trailer, (viewers, films)."""
    by_taste = generator(world.seed, "hearsay").uniform(*_BY_TASTE)
    loud = _HEARD + _BY_BUDGET * np.log(world.films_of(week).budget / 3e7)
    follows = attention(world.seed, world.viewers, week)
    return logistic(by_taste * world.taste_of(week) + loud + follows[:, None])


def reached(campaigns: Iterable[Campaign]) -> dict[str, dict[str, tuple[Campaign, float]]]:
    """Viewer → film_id → the campaign that shows its trailer, and its propensity, in the order of the campaigns."""
    found: dict[str, dict[str, tuple[Campaign, float]]] = {}
    for campaign in campaigns:
        for one in campaign.viewers:
            found.setdefault(one.viewer_id, {})[campaign.film_id] = (campaign, one.propensity)
    return found


def weeks_ago(trailers: Trailers, week: int, rows: Mapping[str, int], columns: Mapping[str, int]) -> Floats:
    """How many weeks before `week` each viewer saw each film's trailer, (viewers, films); infinity where not before.

    `rows` and `columns` say where viewers and films stand; others are left out.
    """
    ago = np.full((len(rows), len(columns)), np.inf)
    for row, column, seen in _seen(trailers, rows, columns):
        if seen < week:
            ago[row, column] = week - seen
    return ago


def _seen(trailers: Trailers, rows: Mapping[str, int], columns: Mapping[str, int]) -> Iterator[tuple[int, int, int]]:
    """Row of the viewer, column of the film, and week, of each trailer seen that has both."""
    for viewer in trailers.keys() & rows.keys():
        for film in trailers[viewer].keys() & columns.keys():
            yield rows[viewer], columns[film], trailers[viewer][film]
