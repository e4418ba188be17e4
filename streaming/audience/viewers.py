"""The viewers of the world: who they are, when they join, and what they like, which drifts."""

from functools import lru_cache

import numpy as np

from streaming.audience.clock import begins
from streaming.audience.films import DIMENSIONS, STYLES
from streaming.audience.numeric import Floats, Integers, generator
from streaming.audience.vocabulary import GENRES

SEGMENTS = 8
_LOVED, _DISLIKED = 2, 3  # genres of a segment
_PERSONAL = 0.28  # how far a viewer is from the segment's taste
_NEWCOMERS = 0.006  # a week, as a share of those who were there at the start
_SIGN_UP_WEEKS = 4  # before the start
_DRIFT, _MEMORY, _WINDOW = 0.04, 0.98, 104  # per week; the walk forgets what lies beyond the window
_VOGUE = 0.02  # the drift that all viewers share
_SEGMENT_ATTENTION, _OWN_ATTENTION = 0.7, 0.5  # log odds: standard deviations


def signed_up(opening: int, week: int) -> int:
    """How many viewers have joined by the end of `week` (≥ 0), where `opening` were there at the start."""
    return opening + int(opening * _NEWCOMERS * week)


def sign_up_moments(seed: int, opening: int, week: int) -> Integers:
    """When each viewer who joined in `week` did so, UTC ms; those of week 0 came in the month before."""
    new = signed_up(opening, week) - (signed_up(opening, week - 1) if week else 0)
    first = begins(week - _SIGN_UP_WEEKS + 1) if week == 0 else begins(week)
    return generator(seed, "sign-up", week).integers(first, begins(week + 1), new)


def tastes(seed: int, opening: int, week: int) -> Floats:
    """The latent taste in `week` (≥ 1) of all who joined before it, (viewers, DIMENSIONS).

    A viewer's taste is that of a segment, a personal part, a personal drift that begins at the start, and a
    vogue that all share. The drifts are random walks that forget slowly (first-order autoregressions).
    """
    joined = [_tastes_on_arrival(seed, opening, earlier) for earlier in range(week)]
    return np.concatenate(joined) + _personal_drift(seed, opening, week) + _vogue(seed, week)


def attention(seed: int, opening: int, week: int) -> Floats:
    """How closely all who joined before `week` (≥ 1) follow what is coming out, (viewers,), in log odds about 0.

    It differs between segments, and from viewer to viewer.
    """
    of_segments = _SEGMENT_ATTENTION * generator(seed, "attention of segments").standard_normal(SEGMENTS)
    joined = []
    for earlier in range(week):
        segment = arriving_segments(seed, opening, earlier)
        own = generator(seed, "attention", earlier).standard_normal(len(segment))
        joined.append(of_segments[segment] + _OWN_ATTENTION * own)
    return np.concatenate(joined)


def public_taste(seed: int, week: int) -> Floats:
    """The latent taste of the public at large, whom the viewers are a sample of, (DIMENSIONS,)."""
    centres, sizes = _segment_tastes_and_shares(seed)
    return np.asarray(sizes @ centres + _vogue(seed, week))


def arriving_segments(seed: int, opening: int, week: int) -> Integers:
    """The segment of each viewer who joined in `week`, (viewers,)."""
    return _segment_draws(seed, opening, week)[0]


def _vogue(seed: int, week: int) -> Floats:
    """What all viewers like more, or less, in this week than in the long run, (DIMENSIONS,)."""
    steps = np.stack([_random_vogue_step(seed, w) for w in _remembered_weeks(week)])
    return np.asarray(_VOGUE * _step_weights(len(steps)) @ steps)


@lru_cache(maxsize=4096)
def _random_vogue_step(seed: int, week: int) -> Floats:
    """One week's random step of the vogue, (DIMENSIONS,), by seed and week."""
    return generator(seed, "vogue", week).standard_normal(DIMENSIONS)


def _tastes_on_arrival(seed: int, opening: int, week: int) -> Floats:
    """The tastes, on arrival, of those who joined in `week`."""
    segment, chance = _segment_draws(seed, opening, week)
    return _segment_tastes_and_shares(seed)[0][segment] + _PERSONAL * chance.standard_normal((len(segment), DIMENSIONS))


def _segment_draws(seed: int, opening: int, week: int) -> tuple[Integers, np.random.Generator]:
    """The segments of those who joined in `week`, and the generator that goes on to draw what is their own."""
    chance = generator(seed, "taste", week)
    count = len(sign_up_moments(seed, opening, week))
    return chance.choice(SEGMENTS, count, p=_segment_tastes_and_shares(seed)[1]), chance


@lru_cache(maxsize=16)
def _segment_tastes_and_shares(seed: int) -> tuple[Floats, Floats]:
    """The segments' tastes, (SEGMENTS, DIMENSIONS), and their shares of the population."""
    chance = generator(seed, "segments")
    order = np.argsort(np.argsort(chance.random((SEGMENTS, len(GENRES))), axis=1), axis=1)
    genres = 1.0 * (order < _LOVED) - 0.5 * (order >= len(GENRES) - _DISLIKED)
    styles = 0.6 * chance.standard_normal((SEGMENTS, STYLES))
    return np.concatenate([genres, styles], axis=1), chance.dirichlet(np.full(SEGMENTS, 8.0))


def _personal_drift(seed: int, opening: int, week: int) -> Floats:
    """How far each viewer's taste has moved since the start, (viewers, DIMENSIONS)."""
    drift = np.zeros((signed_up(opening, week - 1), DIMENSIONS))
    weeks = [w for w in _remembered_weeks(week) if w >= 1]
    for w, weight in zip(weeks, _step_weights(len(weeks)), strict=True):
        there = signed_up(opening, w - 1)
        drift[:there] += _DRIFT * weight * generator(seed, "drift", w).standard_normal((there, DIMENSIONS))
    return drift


def _remembered_weeks(week: int) -> range:
    """The last weeks whose steps of a drift still count, up to this one."""
    return range(week - _WINDOW + 1, week + 1)


def _step_weights(count: int) -> Floats:
    """What is left of the last `count` weekly steps, the newest last."""
    return np.asarray(_MEMORY ** np.arange(count - 1, -1, -1))
