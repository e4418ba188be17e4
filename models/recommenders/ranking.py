"""From a matrix of scores to the best few of each row."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.base.columns import FILM, RANK, SCORE, VIEWER
from models.recommenders.histories import FloatArray, IntArray


@dataclass(frozen=True)
class Ranking:
    """Lists of films as arrays with one entry per place in a list, sorted by viewer and rank."""

    viewer: IntArray  # position
    film: IntArray  # position
    score: FloatArray
    rank: IntArray  # from 1

    def frame(self, viewers: pd.Index, films: pd.Index) -> pd.DataFrame:
        """The lists as `columns.RECOMMENDATIONS`, positions turned back to ids."""
        return pd.DataFrame(
            {
                VIEWER: viewers.take(self.viewer),
                FILM: films.take(self.film),
                SCORE: self.score,
                RANK: self.rank,
            }
        )


def best(scores: np.ndarray, popularity: FloatArray, n: int) -> Ranking:
    """The `n` highest finite scores of each row of a matrix (viewers, films), best first.

    Ties break by popularity (shape (films,)), then by position.
    """
    films = scores.shape[1]
    last = films - min(n, films)
    threshold = np.partition(scores, last, axis=1)[:, last]
    viewer, film = np.nonzero((scores >= threshold[:, None]) & np.isfinite(scores))
    score = scores[viewer, film].astype(np.float64)
    order = np.lexsort((film, -popularity[film], -score, viewer))
    viewer, film, score = viewer[order], film[order], score[order]
    rank = np.arange(len(viewer)) - np.searchsorted(viewer, viewer) + 1
    kept = rank <= n
    return Ranking(viewer[kept], film[kept], score[kept], rank[kept])
