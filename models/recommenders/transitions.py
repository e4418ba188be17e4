"""Item-to-item transitions with recency: what viewers watched soon after what this viewer watched last."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, diags_array

from models.recommenders.histories import FloatArray, Histories, IntArray
from models.recommenders.protocol import Recommender


@dataclass(eq=False)
class Transitions(Recommender):
    """A film's score is the sum over the viewer's last `window` films of 1/recency · P(film follows).

    P counts, for all viewers, the films at most `window` places later, a film k places later as 1/k; rows are
    normalised by their sum plus `shrinkage`, columns divided by popularity^`discount`, so that a film which
    everyone watches does not follow everything.
    """

    name: ClassVar[str] = "transitions"
    window: int = 30
    shrinkage: float = 20.0
    discount: float = 0.2

    def _learn_arrays(self, training: Histories, films: pd.DataFrame | None) -> dict[str, np.ndarray]:
        """Count which films follow which, as the parts of a sparse matrix."""
        counts = followers(training, self.window)
        rows = counts.sum(axis=1) + self.shrinkage
        watched = np.bincount(training.film, minlength=training.shape[1])
        columns = np.maximum(watched, 1) ** self.discount
        follows = (diags_array(1 / rows) @ counts @ diags_array(1 / columns)).tocsr().astype(np.float32)
        return {"data": follows.data, "indices": follows.indices, "indptr": follows.indptr}

    def affinity(self, histories: Histories) -> FloatArray:
        """The recency-weighted sum of the rows of the last films, shape (viewers, films)."""
        recent = histories.matrix(self._weights(histories)).astype(np.float32)
        return np.asarray((recent @ self._follows).toarray(), dtype=np.float64)

    def contributions(self, history: Histories, films: IntArray) -> FloatArray:
        """Recency weight times how often each film follows, shape (interactions, films)."""
        # The history's few rows first: a column of the whole matrix costs a walk through all of it.
        return np.asarray(self._weights(history)[:, None] * self._follows[history.film][:, films].toarray())

    def follows(self, first: IntArray, then: IntArray) -> FloatArray:
        """How often one film follows another, of pairs of positions in two arrays of one shape → the same shape."""
        return np.asarray(self._follows[first, then].toarray())

    @property
    def _follows(self) -> csr_array:
        """How often film j follows film i, rebuilt from `arrays`, (films, films)."""
        learned = (self.arrays["data"], self.arrays["indices"], self.arrays["indptr"])
        return csr_array(learned, shape=(len(self.films), len(self.films)))

    def _weights(self, histories: Histories) -> FloatArray:
        """The weight of each interaction: 1 / recency, 0 before the last `window` films."""
        recency = histories.recency
        return np.where(recency <= self.window, 1 / recency, 0.0)


def followers(histories: Histories, window: int) -> csr_array:
    """How often film j is watched k ≤ `window` places after film i, counted as 1/k: shape (films, films)."""
    films = histories.shape[1]
    counts = csr_array((films, films))
    for k in range(1, window + 1):
        same = histories.viewer[k:] == histories.viewer[:-k]
        pairs = (histories.film[:-k][same], histories.film[k:][same])
        counts = counts + csr_array((np.full(same.sum(), 1 / k), pairs), shape=(films, films))
    return counts
