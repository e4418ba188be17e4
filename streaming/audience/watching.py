"""What comes of watching a film: how far the viewer gets, and what they say of it."""

from dataclasses import dataclass

import numpy as np

from streaming.audience.arrays import Booleans, Floats, Integers
from streaming.audience.chance import logistic
from streaming.audience.clock import MINUTE_MS

DRAWS = 5  # uniform numbers that one watching takes
_MIDDLING, _PER_ENJOYMENT, _WHIM = 2.7, 0.65, 0.5  # stars
_RATES_FINISHED, _RATES_UNFINISHED = 0.5, 0.12


@dataclass(frozen=True)
class Watching:
    """What came of it, one row a film watched; `rating` is NaN where none was given."""

    fraction: Floats  # of the film; 1 where it was watched to its end
    rating: Floats  # stars, 0.5 to 5 in halves
    liked: Booleans
    duration: Integers  # milliseconds


def watch(draws: Floats, enjoyment: Floats, minutes: Integers) -> Watching:
    """What comes of it for uniform `draws`, (n, DRAWS): all of it goes by enjoyment, (n,)."""
    finishes = draws[:, 0] < logistic(0.8 * enjoyment - 0.2)
    fraction = np.where(finishes, 1.0, np.round(0.03 + 0.9 * draws[:, 1], 3))
    speaks = draws[:, 2] < np.where(finishes, _RATES_FINISHED, _RATES_UNFINISHED)
    likes = finishes & (draws[:, 4] < 0.5 * logistic(2 * enjoyment - 2))
    duration = (fraction * minutes * MINUTE_MS).astype(np.int64)
    return Watching(fraction, np.where(speaks, _stars(draws[:, 3], enjoyment), np.nan), likes, duration)


def _stars(draws: Floats, enjoyment: Floats) -> Floats:
    """Half stars by enjoyment and whim; the whim is logistic, of standard deviation `_WHIM`."""
    whim = _WHIM * np.sqrt(3) / np.pi * np.log((draws + 1e-9) / (1 - draws + 1e-9))
    return np.clip(np.rint(2 * (_MIDDLING + _PER_ENJOYMENT * enjoyment + whim)) / 2, 0.5, 5.0)
