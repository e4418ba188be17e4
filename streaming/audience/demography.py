"""What viewers tell of themselves as they sign up: those of one taste are alike in it too, but not all of them tell."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from streaming.audience.arrays import Floats
from streaming.audience.chance import generator
from streaming.audience.viewers import SEGMENTS, arriving_segments

AGE_BANDS = ("under 18", "18-24", "25-34", "35-44", "45-49", "50-55", "56 and over")
GENDERS = ("female", "male")
OCCUPATIONS = ("student", "office", "trade", "health", "teaching", "arts", "at home", "retired")
_TELL = (0.8, 0.8, 0.6)  # of all viewers: age, gender, occupation
_LIKENESS = 1.5  # of a segment's people, the less the more alike: the concentration of a Dirichlet


class Told(NamedTuple):
    """What a viewer tells; None is not told."""

    age_band: str | None
    gender: str | None
    occupation: str | None


def told_by_arrivals(seed: int, opening: int, week: int) -> list[Told | None]:
    """What each viewer who joins in `week` tells, in the order of their numbers; None who tells nothing."""
    segments = arriving_segments(seed, opening, week)
    draws = generator(seed, "told", week).random((2, len(_TELL), len(segments)))
    columns = [
        np.where(says < share, np.array(values)[_drawn(mix[segments], pick)], None).tolist()
        for says, pick, share, values, mix in zip(
            *draws, _TELL, (AGE_BANDS, GENDERS, OCCUPATIONS), _mixes(seed), strict=True
        )
    ]
    return [Told(*row) if any(row) else None for row in zip(*columns, strict=True)]


@lru_cache(maxsize=16)
def _mixes(seed: int) -> tuple[Floats, ...]:
    """Of age, gender and occupation: how many of each segment are what, (SEGMENTS, values) each."""
    chance = generator(seed, "demography")
    sizes = (len(AGE_BANDS), len(GENDERS), len(OCCUPATIONS))
    return tuple(chance.dirichlet(np.full(size, _LIKENESS), SEGMENTS) for size in sizes)


def _drawn(shares: Floats, uniform: Floats) -> np.ndarray:
    """A value a row by its shares, (rows, values), for uniform draws, (rows,)."""
    return np.asarray((uniform[:, None] > np.cumsum(shares, axis=1)[:, :-1]).sum(axis=1))
