"""What a ranker knows of a viewer, of a candidate, and of the two together."""

import numpy as np

from models.recommenders.histories import FloatArray, Histories, IntArray
from models.recommenders.transitions import Transitions

_BACK = (1, 2, 3)  # which of the last films are looked at one by one
_RECENT = 20  # films by which a viewer's turn for the popular is judged
_LITTLE = 1e-4  # so that what never follows has a logarithm


def candidate_features(
    histories: Histories,
    film: IntArray,
    scores: list[np.ndarray],
    share: FloatArray,
    trend: FloatArray,
    transitions: Transitions | None,
) -> np.ndarray:
    """Features of candidates, best first: film (viewers, candidates), a score a part and all films (viewers, films).

    `share` and `trend` are logarithms of each film's share of the audience and of its trend, (films,).

    These are the parts' scores and the place of the candidate; its share of the audience and its trend; how much the
    viewer has watched, how popular that was, and how far the candidate is from it; and, where `transitions` are
    known, how often the candidate follows each of the last three films, and goes before it.

    Returns:
        float32 (viewers, candidates, features).
    """
    viewer_share = _recent_share(histories, share)[:, None]
    columns = [
        *(np.take_along_axis(score, film, axis=1) for score in scores),
        np.broadcast_to(np.arange(film.shape[1]), film.shape),
        share[film],
        trend[film],
        np.broadcast_to(np.log1p(histories.lengths)[:, None], film.shape),
        np.broadcast_to(viewer_share, film.shape),
        share[film] - viewer_share,
        *(_followed(histories, film, transitions) if transitions else ()),
    ]
    return np.stack(columns, axis=-1).astype(np.float32)


def _recent_share(histories: Histories, share: FloatArray) -> FloatArray:
    """The mean of `share` over the newest films of each viewer, 0 where there is none, shape (viewers,)."""
    recent = histories.recency <= _RECENT
    viewer = histories.viewer[recent]
    total = np.bincount(viewer, weights=share[histories.film[recent]], minlength=histories.shape[0])
    return np.asarray(total / np.maximum(np.bincount(viewer, minlength=histories.shape[0]), 1))


def _followed(histories: Histories, film: IntArray, transitions: Transitions) -> list[FloatArray]:
    """Logs of how often candidates follow, and precede, each of the last three films, (viewers, candidates) each."""
    columns = []
    for back in _BACK:
        last = np.full(histories.shape[0], -1)
        here = histories.recency == back
        last[histories.viewer[here]] = histories.film[here]
        watched = np.broadcast_to(np.maximum(last, 0)[:, None], film.shape)
        for pair in ((watched, film), (film, watched)):
            follows = np.where(last[:, None] >= 0, transitions.follows(*pair), 0.0)
            columns.append(np.log(_LITTLE + follows))
    return columns
