"""The exploring policy: which films a slate shows, and exactly how probable that was.

Each position keeps the model's film with probability 1 − ε and otherwise shows a film drawn uniformly, without
replacement, from the pool of those that the model did not choose. By symmetry every one of the pool's m films
stands at a given position with probability ε / m, so the propensities are known and not estimated. Without a
model all films are equal, and each of N stands at a given position with probability 1 / N.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

EPSILON = 0.1


@dataclass(frozen=True)
class Choice:
    """A film at a position (from 1), and the probability with which the policy shows it there."""

    film_id: str
    position: int
    propensity: float
    explored: bool


def explore(
    ranked: Sequence[str], pool: Sequence[str], rng: np.random.Generator, epsilon: float = EPSILON
) -> list[Choice]:
    """A slate from the model's `ranked` films, best first, with some places given to films of `pool`.

    `pool` holds films that are not in `ranked`. Where it is too small to fill every place, nothing is explored.
    """
    if len(pool) < len(ranked):
        return [Choice(film, k, 1.0, False) for k, film in enumerate(ranked, 1)]
    swapped = rng.random(len(ranked)) < epsilon
    drawn = iter(rng.choice(len(pool), size=int(swapped.sum()), replace=False))
    return [
        Choice(pool[next(drawn)], k, epsilon / len(pool), True) if swap else Choice(film, k, 1 - epsilon, False)
        for k, (film, swap) in enumerate(zip(ranked, swapped, strict=True), 1)
    ]


def uniform(films: Sequence[str], n: int, rng: np.random.Generator) -> list[Choice]:
    """`n` films drawn uniformly without replacement: the policy of a loop that knows nothing yet."""
    drawn = rng.choice(len(films), size=min(n, len(films)), replace=False)
    return [Choice(films[i], k, 1 / len(films), True) for k, i in enumerate(drawn, 1)]
