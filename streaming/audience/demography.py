"""What viewers say of themselves when they sign up; it correlates with taste, and not all of them say it."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from streaming.audience.numeric import Floats, generator
from streaming.audience.viewers import SEGMENTS, arriving_segments

AGE_BANDS = ("under 18", "18-24", "25-34", "35-44", "45-49", "50-55", "56 and over")
GENDERS = ("female", "male")
OCCUPATIONS = ("student", "office", "trade", "health", "teaching", "arts", "at home", "retired")
_KINDS = (AGE_BANDS, GENDERS, OCCUPATIONS)
_SAYS = (0.8, 0.8, 0.6)  # of all viewers: age, gender, occupation
_LIKENESS = 1.5  # concentration of a Dirichlet distribution: the lower, the more alike a segment's viewers


class Demographics(NamedTuple):
    """What a viewer says; None where they do not."""

    age_band: str | None
    gender: str | None
    occupation: str | None


def arrivals_demographics(seed: int, opening: int, week: int) -> list[Demographics | None]:
    """The demographics of each viewer who joins in `week`, in the order of their numbers; None for who says nothing."""
    segments = arriving_segments(seed, opening, week)
    draws = generator(seed, "told", week).random((2, len(_SAYS), len(segments)))
    columns = [
        [kinds[kind] if tells else None for tells, kind in zip(says < share, _drawn(mix[segments], pick), strict=True)]
        for says, pick, share, kinds, mix in zip(draws[0], draws[1], _SAYS, _KINDS, _shares(seed), strict=True)
    ]
    return [Demographics(*row) if any(row) else None for row in zip(*columns, strict=True)]


@lru_cache(maxsize=16)
def _shares(seed: int) -> tuple[Floats, ...]:
    """The shares of age bands, genders and occupations in each segment: three arrays, (SEGMENTS, values)."""
    chance = generator(seed, "demography")
    return tuple(chance.dirichlet(np.full(len(kinds), _LIKENESS), SEGMENTS) for kinds in _KINDS)


def _drawn(shares: Floats, uniform: Floats) -> np.ndarray:
    """The index of a value for each row: uniform draws, (rows,), against shares, (rows, values)."""
    return np.asarray((uniform[:, None] > np.cumsum(shares, axis=1)[:, :-1]).sum(axis=1))
