"""Where the last few tokens stand in a table."""

from collections.abc import Iterator

from torch import Tensor
from torch.nn import functional as F

_MULTIPLIER = 0x9E3779B1  # Fibonacci hashing (Knuth, TAOCP 3, 6.4)
_PRIME = 2**31 - 1


def hashes(tokens: Tensor, longest: int) -> Iterator[Tensor]:
    """Numbers (n, length) of the spans of 1, 2, … `longest` tokens that end with each token of `tokens` (n, length)."""
    hashed = tokens + 1
    yield hashed
    for back in range(1, longest):
        earlier = F.pad(tokens, (back, 0))[:, : tokens.shape[1]]
        hashed = (hashed * _MULTIPLIER + earlier + 1) % _PRIME
        yield hashed
