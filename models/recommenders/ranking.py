"""From a matrix of scores to the best few of each row."""

import numpy as np

from models.recommenders.histories import FloatArray, IntArray


def best(scores: np.ndarray, popularity: FloatArray, n: int) -> tuple[IntArray, IntArray, FloatArray, IntArray]:
    """The `n` highest finite scores of each row of a matrix (viewers, films), best first.

    Ties break by popularity (shape (films,)), then by position.

    Returns:
        Viewer and film by position, score, and rank from 1: an entry a place in a list, sorted by viewer and rank.
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
    return viewer[kept], film[kept], score[kept], rank[kept]
