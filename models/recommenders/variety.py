"""Diversified lists: a film's relevance is traded against its likeness to the films above it."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from models.base.columns import FILM, RANK, SCORE, TITLE, VIEWER
from models.recommenders.film_content import term_matrix, vocabulary
from models.recommenders.histories import FloatArray, IntArray

_DEEPER = 5  # times as many candidates as places


@dataclass(frozen=True)
class Variety:
    """Re-ranks lists by maximal marginal relevance (Carbonell, Goldstein 1998).

    A place goes to the candidate with the greatest (1 − dial) · relevance − dial · likeness. Relevance is the score,
    scaled to 0–1 over a viewer's candidates; likeness is the greatest cosine of a film's genres, people and decade
    with those of a film above it. A dial of 0 leaves lists as they are, 1 looks at likeness alone.
    """

    films: pd.Index
    described: csr_array  # (films, terms), rows of length 1 or 0
    dial: float

    @classmethod
    def of(cls, films: pd.DataFrame, dial: float) -> Self:
        """Describe films (`columns.FILMS`, one row a film) by their terms; titles say nothing of likeness."""
        told = films.drop(columns=TITLE, errors="ignore")
        known = pd.Index(told[FILM].to_numpy(dtype=object))
        return cls(known, term_matrix(told, known, vocabulary(told, least=1)), dial)

    def depth(self, n: int) -> int:
        """How many candidates a list of `n` is chosen from."""
        return n * _DEEPER if self.dial else n

    def rerank(self, listed: pd.DataFrame, n: int) -> pd.DataFrame:
        """Re-rank lists of candidates (`columns.RECOMMENDATIONS`) to at most `n` films a viewer, in a new frame."""
        if not self.dial or listed.empty:
            return listed[listed[RANK] <= n].reset_index(drop=True)
        bounds = np.flatnonzero(listed[VIEWER].to_numpy()[1:] != listed[VIEWER].to_numpy()[:-1]) + 1
        place, score = self.films.get_indexer(pd.Index(listed[FILM])), listed[SCORE].to_numpy(float)
        parts = np.split(np.arange(len(listed)), bounds)
        taken = [rows[self._order(place[rows], score[rows], n)] for rows in parts]
        ranks = np.concatenate([np.arange(1, len(rows) + 1) for rows in taken])
        return listed.iloc[np.concatenate(taken)].assign(**{RANK: ranks}).reset_index(drop=True)

    def likeness(self, films: IntArray) -> FloatArray:
        """Cosines of films with each other, shape (films, films); a film that is not described is like none."""
        rows = self.described[np.maximum(films, 0)].multiply((films >= 0)[:, None]).tocsr()
        return np.asarray((rows @ rows.T).toarray())

    def _order(self, films: IntArray, score: FloatArray, n: int) -> IntArray:
        """The places of the `n` films to list, best first, each chosen against those above it."""
        reach = float(np.ptp(score))
        relevance = (score - score.min()) / reach if reach else np.ones(len(score))
        alike, nearest = self.likeness(films), np.zeros(len(films))
        order: list[int] = []
        for _ in range(min(n, len(films))):
            worth = (1 - self.dial) * relevance - self.dial * nearest
            worth[order] = -np.inf
            order.append(int(np.argmax(worth)))
            nearest = np.maximum(nearest, alike[order[-1]])
        return np.array(order, dtype=np.int64)
