"""Chooses the weights of a composition's parts, and of demand, by what viewers took up next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from models.evaluation.metrics import paired_comparison
from models.recommenders.candidates import Candidates
from models.recommenders.histories import FloatArray

Numbers = tuple[float, ...]  # a weight for each part and, at the end, demand

_WEIGHTS = (0.0, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0, 1.5)
_DEMANDS = (0.0, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0)  # beyond 1 what is lately would count twice
_ROUNDS = 3
_FEW = 400  # viewers: of fewer, a number for each part learns little but their noise


@dataclass(frozen=True)
class Weighing:
    """Searches for the weights with the greatest mean NDCG@10 plus `coverage_worth` times coverage@10.

    `trend`, shape (films,), is the logarithm by which demand is weighted.
    """

    trend: FloatArray
    coverage_worth: float

    def choose(self, tables: list[Candidates], begun: Numbers, plain: Sequence[tuple[float, ...]]) -> Numbers:
        """Weights by coordinate ascent from `begun`, the greatest 1, with the least demand that ranks as well.

        Weights fitted to the viewers of one span may mislead in the next. They are used only if there are many viewers
        and weights fitted to either half of them rank the other half better than plain weights do; otherwise the plain
        ones, with the demand that suits them.

        Args:
            plain: fixed weights to fall back on, the preferred first; later ones are taken if they rank better by
                more than a standard error.
        """
        found = self._best_plain(tables, plain) if plain else None
        if found is None or self._climbing_generalises(tables, begun, found[:-1]):
            found = self._climb(tables, begun)
        top = max(found[:-1]) or 1.0
        weights = tuple(weight / top for weight in found[:-1])
        return (*weights, self._least_demand(tables, weights, found[-1]))

    def _best_plain(self, tables: list[Candidates], plain: Sequence[tuple[float, ...]]) -> Numbers:
        """The first of the plain weights that rank no worse than the best of them by more than a standard error."""
        carried = [self._with_best_demand(tables, weights) for weights in plain]
        gains = [self._gains(tables, numbers) for numbers in carried]
        best = max(gains, key=lambda gain: float(gain.mean()))
        return next(numbers for numbers, gain in zip(carried, gains, strict=True) if _no_worse(gain, best))

    def _climbing_generalises(self, tables: list[Candidates], begun: Numbers, plain: tuple[float, ...]) -> bool:
        """Whether climbing betters the plain weights for viewers that it has not seen, at a one-sided level of 5 %."""
        viewers = sum(len(table.film) for table in tables)
        if viewers < _FEW:
            return False
        first = np.random.default_rng(0).permutation(viewers) % 2 == 0
        halves = np.split(first, np.cumsum([len(table.film) for table in tables])[:-1])
        climbed, simple = [], []
        for side in (True, False):
            here = [table.some(half == side) for table, half in zip(tables, halves, strict=True)]
            there = [table.some(half != side) for table, half in zip(tables, halves, strict=True)]
            climbed.append(self._gains(there, self._climb(here, begun)))
            simple.append(self._gains(there, self._with_best_demand(here, plain)))
        return paired_comparison(np.concatenate(climbed), np.concatenate(simple)).better

    def _objective(self, tables: list[Candidates]) -> Callable[[Numbers], float]:
        """A function of weights and demand: how well they rank the candidates, and how many films they show."""

        def worth(numbers: Numbers) -> float:
            """Mean NDCG@10 of the candidates so weighted, plus what their coverage is worth."""
            ranked = [table.ranked(numbers[:-1], self.trend, numbers[-1]) for table in tables]
            shown = np.unique(np.concatenate([listed.ravel() for _, listed in ranked]))
            gains = np.concatenate([gain for gain, _ in ranked])
            return float(gains.mean() + self.coverage_worth * len(shown) / len(self.trend))

        return worth

    def _gains(self, tables: list[Candidates], numbers: Numbers) -> FloatArray:
        """NDCG@10 of each viewer, shape (viewers,)."""
        return np.concatenate([table.ranked(numbers[:-1], self.trend, numbers[-1])[0] for table in tables])

    def _with_best_demand(self, tables: list[Candidates], weights: tuple[float, ...]) -> Numbers:
        """The weights as they are, and the demand that is worth most beside them."""
        return max(((*weights, demand) for demand in _DEMANDS), key=self._objective(tables))

    def _climb(self, tables: list[Candidates], numbers: Numbers) -> Numbers:
        """Coordinate ascent: change one number at a time to what is best beside the others, until none helps."""
        worth = self._objective(tables)
        best = worth(numbers)
        for _ in range(_ROUNDS):
            before = numbers
            for place, values in enumerate((*[_WEIGHTS] * (len(numbers) - 1), _DEMANDS)):
                for value in values:
                    tried = (*numbers[:place], value, *numbers[place + 1 :])
                    if (found := worth(tried)) > best:
                        best, numbers = found, tried
            if numbers == before:
                break
        return numbers

    def _least_demand(self, tables: list[Candidates], weights: tuple[float, ...], best: float) -> float:
        """The least demand that ranks no worse than the best by more than a standard error (Breiman et al. 1984).

        What is in demand changes: a trend that helped much this month may mislead in the next.
        """
        gains = {demand: self._gains(tables, (*weights, demand)) for demand in _DEMANDS if demand <= best}
        return next(demand for demand, gain in gains.items() if _no_worse(gain, gains[best]))


def _no_worse(gain: FloatArray, best: FloatArray) -> bool:
    """Whether viewers' gains, shape (viewers,), are at most a standard error less in the mean."""
    lost = best - gain
    return bool(lost.mean() <= lost.std() / len(lost) ** 0.5)
