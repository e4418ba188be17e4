"""Which films viewers find by themselves, without a slate: attractive and new ones first."""

from dataclasses import dataclass

import numpy as np

from streaming.audience.clock import WEEK, first_day, midnight, time_of_day
from streaming.audience.films import Films
from streaming.audience.numeric import Booleans, Floats, Integers, generator, logistic

MOST = 4  # films a week
_COUNTS, _SHARES = (2, 3, 4), (0.3, 0.4, 0.3)
_NEWS, _NEWS_WEEKS = 0.6, 6  # the pull of a film just released, and how long it lasts
_WORTH_A_TRY = -3.5  # the lure at which a viewer takes up half of what they find


@dataclass(frozen=True)
class Discoveries:
    """Films found, one row each: viewer, film, and when the viewer begins to watch it (UTC ms)."""

    viewer: Integers
    film: Integers
    moment: Integers


def find(seed: int, week: int, lure: Floats, films: Films, seen: Booleans) -> Discoveries:
    """What each viewer finds in `week`: up to four films, drawn by lure and news without replacement.

    `lure` and `seen` are (viewers, films). Drawn by the Gumbel-top-k trick; who finds nothing attractive watches less.
    """
    picks, taken = _draw_picks(seed, week, lure, films, seen)
    viewer, slot = np.nonzero(taken)
    film = picks[viewer, slot]
    return Discoveries(viewer, film, _viewing_moments(seed, week, films.released[film], viewer, slot, taken.shape))


def _draw_picks(seed: int, week: int, lure: Floats, films: Films, seen: Booleans) -> tuple[Integers, Booleans]:
    """Candidate films of each viewer, and which of them are watched, both (viewers, slots)."""
    keys = generator(seed, "find", week).gumbel(size=lure.shape) + _film_pull(week, lure, films)
    keys[seen] = -np.inf
    picks = np.argsort(-keys, axis=1, kind="stable")[:, :MOST]
    possible = np.isfinite(np.take_along_axis(keys, picks, 1))
    chance = generator(seed, "take", week)
    wanted = chance.choice(_COUNTS, len(lure), p=_SHARES)[:, None] > np.arange(MOST)
    worth_it = logistic(np.take_along_axis(lure, picks, 1) - _WORTH_A_TRY)
    return picks, possible & wanted & (chance.random(picks.shape) < worth_it)


def _film_pull(week: int, lure: Floats, films: Films) -> Floats:
    """Lure and news, (viewers, films); a film that is not out before the week ends has minus infinity."""
    sunday = first_day(week + 1) - 1
    age = (sunday - films.released) / WEEK
    news = np.where(age >= 0, _NEWS * np.exp(-np.maximum(age, 0) / _NEWS_WEEKS), -np.inf)
    return lure + news


def _viewing_moments(
    seed: int, week: int, released: Integers, viewer: Integers, slot: Integers, shape: tuple[int, ...]
) -> Integers:
    """Any day of the week on which the film is out, at some hour, (finds,)."""
    day, hour = generator(seed, "moment", week).random((2, *shape))[:, viewer, slot]
    monday = first_day(week)
    earliest = np.maximum(released - monday, 0)
    chosen = earliest + (day * (WEEK - earliest)).astype(np.int64)
    return np.asarray(midnight(monday + chosen) + time_of_day(hour), dtype=np.int64)
