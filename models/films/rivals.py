"""Rivals: films that open within two weeks of a film, by expected size and by likeness."""

import numpy as np
import pandas as pd

from models.base.columns import FILM
from models.films.past import FloatArray, IntArray

REACH = 14  # days
_SAME_WEEKEND = 3  # days
_SAME_CERTIFICATE = 0.3  # of likeness


def rivals(films: pd.DataFrame, opens: IntArray, own: FloatArray, size: FloatArray) -> dict[str, FloatArray]:
    """Columns on the announced openings around each film.

    Args:
        films: with film_id, genres and certificate; rows of one film_id are no rivals: a film under other facts.
        opens: day numbers of the openings.
        own: what each film is expected to take, log dollars, from facts alone, as known when it is asked.
        size: the same as known by the first of those that it is a rival of.
    """
    order = np.argsort(opens, kind="stable")
    found = np.zeros((len(films), len(_NAMES)))
    low, high = np.searchsorted(opens[order], opens - REACH), np.searchsorted(opens[order], opens + REACH, "right")
    named, _ = pd.factorize(films[FILM])
    genres, certificates = films["genres"].map(frozenset).to_list(), films["certificate"].to_list()
    for film in range(len(films)):
        others = order[low[film] : high[film]]
        others = others[named[others] != named[film]]
        if len(others):
            alike = np.array([likeness(genres[film], genres[other]) for other in others])
            same = np.array([certificates[film] == certificates[other] for other in others])
            near = np.abs(opens[others] - opens[film]) <= _SAME_WEEKEND
            found[film] = _summary(own[film], np.exp(size[others]), alike + _SAME_CERTIFICATE * same, near)
    return dict(zip(_NAMES, found.T, strict=True))


def likeness(ours: frozenset[str], theirs: frozenset[str]) -> float:
    """The share of common genres among those of either film (Jaccard), 0–1."""
    return len(ours & theirs) / max(1, len(ours | theirs))


_NAMES = (
    "rivals: size on the weekend",
    "rivals: size by likeness",
    "rivals: films",
    "rivals: films on the weekend",
    "rivals: largest",
    "rivals: share of the weekend",
)


def _summary(own: float, size: FloatArray, alike: FloatArray, near: FloatArray) -> list[float]:
    """The columns of one film on its rivals: their sizes, number, likeness and nearness, and its own share."""
    weekend = float((size * near).sum())
    return [
        np.log1p(weekend),
        np.log1p((size * alike).sum()),
        len(size),
        near.sum(),
        np.log1p(size.max()),
        own - np.log(np.exp(own) + weekend),
    ]
