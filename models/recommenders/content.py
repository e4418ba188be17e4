"""Content: films described like those that the viewer watched, whether or not anybody has watched them."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from models.recommenders.film_content import term_matrix, vocabulary
from models.recommenders.histories import FloatArray, Histories, IntArray
from models.recommenders.protocol import Recommender


@dataclass(eq=False)
class Content(Recommender):
    """A film's score is the cosine of its terms and those of the viewer's films (Pazzani, Billsus 2007).

    The viewer's films count by strength and recency, 2^(−place / `half_life`); the terms are genres, people, the
    decade, and the words of title and overview, by TF-IDF. Without descriptions all scores are 0.
    """

    name: ClassVar[str] = "content"
    half_life: float = 20.0  # films

    def _learn_arrays(self, training: Histories, films: pd.DataFrame | None) -> dict[str, np.ndarray]:
        """Describe the films by their terms, as the parts of a sparse matrix."""
        described = term_matrix(films, self.films, vocabulary(films))
        learned = {"data": described.data, "indices": described.indices, "indptr": described.indptr}
        return {**learned, "terms": np.array([described.shape[1]])}

    def affinity(self, histories: Histories) -> FloatArray:
        """Cosines of the viewers' terms and the films', shape (viewers, films)."""
        profile = self._profiles(histories)
        return np.asarray((profile @ self._described.T).toarray() / _lengths(profile)[:, None], dtype=np.float64)

    def contributions(self, history: Histories, films: IntArray) -> FloatArray:
        """Each watched film's part in the cosine, shape (interactions, films)."""
        described = self._described
        alike = (described[history.film] @ described[films].T).toarray()
        return np.asarray(_weights(history, self.half_life)[:, None] * alike / _lengths(self._profiles(history))[0])

    def _profiles(self, histories: Histories) -> csr_array:
        """The weighted sum of the terms of each viewer's films, (viewers, terms)."""
        return (histories.matrix(_weights(histories, self.half_life)) @ self._described).tocsr()

    @property
    def _described(self) -> csr_array:
        """The films by their terms, rebuilt from `arrays`."""
        learned = (self.arrays["data"], self.arrays["indices"], self.arrays["indptr"])
        return csr_array(learned, shape=(len(self.films), int(self.arrays["terms"][0])))


def _weights(histories: Histories, half_life: float) -> FloatArray:
    """The weight of each interaction by strength and recency."""
    return histories.strength * np.exp2(-(histories.recency - 1) / half_life)


def _lengths(profiles: csr_array) -> FloatArray:
    """The length of each profile, 1 where it is empty."""
    length = np.sqrt(profiles.multiply(profiles).sum(axis=1))
    return np.where(length > 0, length, 1.0)
