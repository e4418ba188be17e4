"""Chance that can be asked again: a generator is named by the seed, a purpose and a key, and holds no state.

Rows of a draw belong to viewers or films in the order in which they came into the world, so that a draw for
more of them begins with the draw for fewer.
"""

from zlib import crc32

import numpy as np
from scipy.special import expit

from streaming.audience.arrays import Floats

_KEY_OFFSET = 1 << 20  # history has negative weeks, SeedSequence wants none


def generator(seed: int, purpose: str, key: int = 0) -> np.random.Generator:
    """The generator of this name: the same arguments, the same numbers."""
    return np.random.default_rng(np.random.SeedSequence([seed, crc32(purpose.encode()), key + _KEY_OFFSET]))


def logistic(logit: Floats) -> Floats:
    """The probability of a logit."""
    return np.asarray(expit(logit))
