"""Array types, and seeded random generators without state: each is named by the seed, a purpose and a key.

Rows of a draw belong to viewers or films in the order in which they came into the world, so that a draw for
more of them begins with the draw for fewer.
"""

from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]
_KEY_OFFSET = 1 << 20  # history has negative weeks, and SeedSequence takes none


def generator(seed: int, purpose: str, key: int = 0) -> np.random.Generator:
    """The generator of this name: the same arguments, the same numbers."""
    return np.random.default_rng(np.random.SeedSequence([seed, crc32(purpose.encode()), key + _KEY_OFFSET]))


def logistic(logit: Floats) -> Floats:
    """The probability of a logit."""
    return np.asarray(expit(logit))
