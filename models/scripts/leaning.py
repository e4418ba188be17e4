"""Log odds by which sampling may favour the tokens of a genre (weighted decoding)."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.scripts.windows import Stream

Floats = npt.NDArray[np.float64]
_PRIOR = 200.0  # tokens, of which half of a genre's own share would have to be told


def leanings(stream: Stream, genres: Sequence[Sequence[int]], count: int, tokens: int) -> Floats:
    """The log of each token's share in a genre's pieces over its share in all, shrunk to 0; (count, tokens).

    Added to what a network says, it draws words of a genre more often (weighted decoding: Ghazvininejad and others
    2017), also while the network is too small to have learned which they are.

    Args:
        genres: of each piece of the stream, the numbers of its genres; of several, each gets an equal part.
    """
    own = np.zeros((count, tokens))
    for number, numbers in enumerate(genres):
        if numbers:
            inside = stream.tokens[slice(*np.searchsorted(stream.piece, [number, number + 1]))]
            own[list(numbers)] += np.bincount(inside, minlength=tokens) / len(numbers)
    every = np.bincount(stream.tokens, minlength=tokens) + 0.5
    share = every / every.sum()
    mixed = (own + _PRIOR * share) / (own.sum(axis=1, keepdims=True) + _PRIOR)
    return np.asarray(np.log(mixed / share))
