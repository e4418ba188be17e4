"""Comparable films: earlier films that are most alike by what was said of them before they came out."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from models.films.past import FloatArray, IntArray, Money, Past

_NEIGHBOURS = 20
_ASKED = 60  # a few of the most alike have no gross yet
_YEARS = 25
_AT_ONCE = 64  # films, so that the likenesses fit into memory


@dataclass(frozen=True)
class Comparables:
    """For each film its nearest earlier films, most alike first: positions in the past, likeness (0–1), log gross."""

    earlier: IntArray  # (films, neighbours)
    likeness: FloatArray  # 0 where there is none
    gross: FloatArray  # log dollars, known by the day of the forecast

    def columns(self) -> dict[str, FloatArray]:
        """What the neighbours took: their mean by squared likeness, the nearest one's, and how near it is."""
        weight = np.maximum(self.likeness, 1e-6) ** 2
        return {
            "comparable films: mean": (weight * self.gross).sum(axis=1) / weight.sum(axis=1),
            "comparable films: nearest": self.gross[:, 0],
            "comparable films: likeness": self.likeness[:, 0],
            "comparable films: upper fifth": np.quantile(self.gross, 0.8, axis=1),
        }


def comparables(films: pd.DataFrame, past: Past, by: IntArray, money: Money) -> Comparables:
    """The nearest films that were out before days `by`, by TF-IDF of synopsis, genres, makers and title.

    Words are weighed by the past's own descriptions; a description of a film is no outcome.
    """
    words = TfidfVectorizer(stop_words="english", min_df=2, sublinear_tf=True)
    theirs = words.fit_transform(_descriptions(past.films))
    ours = words.transform(_descriptions(films))
    found = [_nearest(ours[at : at + _AT_ONCE], theirs, past, by[at : at + _AT_ONCE], money) for at in _starts(films)]
    return Comparables(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _nearest(
    ours: sparse.csr_matrix, theirs: sparse.csr_matrix, past: Past, by: IntArray, money: Money
) -> tuple[IntArray, FloatArray, FloatArray]:
    alike = (ours @ theirs.T).toarray()
    age = by[:, None] - past.out[None, :]
    alike[(age <= 0) | (age > 365 * _YEARS)] = 0.0
    asked = min(_ASKED, alike.shape[1])
    first = np.argpartition(-alike, asked - 1, axis=1)[:, :asked]
    gross = np.log1p(past.gross(first.ravel(), np.repeat(by, asked), money)).reshape(first.shape)
    likeness = np.where(np.isfinite(gross), np.take_along_axis(alike, first, axis=1), 0.0)
    order = np.argsort(-likeness, axis=1, kind="stable")[:, :_NEIGHBOURS]
    first, likeness, gross = (np.take_along_axis(values, order, axis=1) for values in (first, likeness, gross))
    return first, likeness, np.where(likeness > 0, np.nan_to_num(gross), 0.0)


def _descriptions(films: pd.DataFrame) -> list[str]:
    genres = films["genres"].map(lambda names: " ".join(3 * [_word(name) for name in names]))
    makers = (films["writers"] + films["stars"].map(lambda names: names[:6]) + films["companies"]).map(
        lambda names: " ".join(map(_word, names))
    )
    return (films["title"] + " " + films["overview"].fillna("") + " " + genres + " " + makers).tolist()


def _word(name: str) -> str:
    return name.replace(" ", "_")


def _starts(films: pd.DataFrame) -> range:
    return range(0, len(films), _AT_ONCE)
