"""EASE: every film's presence in a history predicted from all others at once (Steck 2019)."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import pandas as pd
from scipy.linalg import cho_factor, cho_solve

from models.base.columns import VIEWER
from models.recommenders.histories import FloatArray, Histories, IntArray, sorted_ids
from models.recommenders.protocol import Recommender
from models.recommenders.selection import chosen, quality, sampled

_HALF_LIVES = (0.0, 100.0, 30.0, 10.0)  # places
_PENALTIES = (8000.0,)


@dataclass(eq=False)
class Ease(Recommender):
    """A film's score is the sum over the viewer's films of a learned weight, by ridge regression in closed form.

    The regression has a row a viewer and `penalty` on the weights' squares (its size is that of a film's count of
    viewers). In a history to be served, a film k places back counts 2^(−(k − 1) / `half_life`): where viewers go on
    at once, the last films say most; where they come back after a pause, all count alike (`half_life` 0).

    Time and memory grow with the cube and the square of the films: beyond `most_films` only the most watched
    are scored, the others 0.
    """

    name: ClassVar[str] = "ease"
    penalty: float = 1000.0
    half_life: float = 0.0  # places; 0: no decay
    most_films: int = 6000

    def tune(self, history: pd.DataFrame, targets: pd.DataFrame) -> Self:
        """Choose and keep the half-life and the penalty, for which the model learns anew (see the protocol)."""
        self.half_life = chosen(self, "half_life", (self.half_life, *_HALF_LIVES), history, targets)
        training, few = Histories.of(history, sorted_ids(history[VIEWER]), self.films), sampled(targets)
        kept, best = (self.penalty, self.arrays), quality(self, history, few)
        for penalty in _PENALTIES:
            self.penalty, self.arrays = penalty, {**self.arrays, **self._learn_arrays(training, None)}
            if (found := quality(self, history, few)) > best:
                kept, best = (self.penalty, self.arrays), found
        self.penalty, self.arrays = kept
        return self

    def affinity(self, histories: Histories) -> FloatArray:
        """The sum of the weights of the films watched, shape (viewers, films)."""
        watched = histories.matrix(self._fading(histories)).astype(np.float32)[:, self.arrays["scored"]]
        total = np.zeros(histories.shape)
        total[:, self.arrays["scored"]] = watched @ self.arrays["weights"]
        return total

    def contributions(self, history: Histories, films: IntArray) -> FloatArray:
        """The weight of each film watched, faded, shape (interactions, films)."""
        place = np.full(len(self.films), -1)
        place[self.arrays["scored"]] = np.arange(len(self.arrays["scored"]))
        watched, wanted = place[history.film], place[films]
        speaks = (watched >= 0)[:, None] & (wanted >= 0)
        weights = self.arrays["weights"][np.ix_(watched, wanted)]
        return np.where(speaks, self._fading(history)[:, None] * weights, 0.0)

    def _learn_arrays(self, training: Histories, films: pd.DataFrame | None) -> dict[str, np.ndarray]:
        """Solve the regression for the most watched films; time grows with their cube."""
        scored = _most_watched(training, self.most_films)
        watched = training.matrix(np.ones(len(training.film)))[:, scored]
        weights = _regressed((watched.T @ watched).toarray(), self.penalty)
        # In the order of C: a product with sparse histories copies any other first.
        return {"scored": scored, "weights": weights.astype(np.float32, order="C")}

    def _fading(self, histories: Histories) -> FloatArray:
        """The weight of each interaction by recency."""
        if not self.half_life:
            return np.ones(len(histories.film))
        return np.exp2(-(histories.recency - 1) / self.half_life)


def _most_watched(training: Histories, most: int) -> IntArray:
    """Positions, ascending, of the films with any viewer, at most so many."""
    viewers = np.bincount(training.film, minlength=training.shape[1])
    order = np.argsort(-viewers, kind="stable")[: min(most, np.count_nonzero(viewers))]
    return np.sort(order)


def _regressed(together: FloatArray, penalty: float) -> FloatArray:
    """Counts of viewers that two films share, shape (films, films) → weights of the same shape, 0 on the diagonal."""
    together[np.diag_indices_from(together)] += penalty
    inverse = cho_solve(cho_factor(together, overwrite_a=True), np.eye(len(together)), overwrite_b=True)
    weights = inverse / -np.diag(inverse)
    weights[np.diag_indices_from(weights)] = 0.0
    return np.asarray(weights, dtype=np.float64)
