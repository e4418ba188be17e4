"""Comparable films: earlier films that are most alike by what was said of them before they came out."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
from scipy import sparse

from models.films.past import FloatArray, IntArray, Money, PastReleases

_NEIGHBOURS = 20
_ASKED = 60  # a few of the most alike have no gross yet
_YEARS = 25
_AT_ONCE = 64  # films
_COMMON = 2  # films that a word occurs in; rarer ones say nothing
_WEIGHED_EVERY = 28  # days


@dataclass(frozen=True)
class Comparables:
    """For each film its nearest earlier films, most alike first: positions in the past, likeness (0–1), log gross."""

    earlier: IntArray  # (films, neighbours)
    likeness: FloatArray  # 0 where there is none
    gross: FloatArray  # log dollars, known by the day of the forecast

    def columns(self) -> dict[str, FloatArray]:
        """Columns on what the neighbours took: mean by squared likeness, the nearest one's, and how near it is."""
        weight = np.maximum(self.likeness, 1e-6) ** 2
        return {
            "comparable films: mean": (weight * self.gross).sum(axis=1) / weight.sum(axis=1),
            "comparable films: nearest": self.gross[:, 0],
            "comparable films: likeness": self.likeness[:, 0],
            "comparable films: upper fifth": np.quantile(self.gross, 0.8, axis=1),
        }


@dataclass(frozen=True)
class Descriptions:
    """What was said of films before they came out, and of those of the past: synopsis, genres, makers, title.

    Words count 1 + log of how often they occur (TF); of the past's films, in both directions, and whether they do.
    """

    ours: sparse.csr_matrix  # (films, words)
    past: PastReleases
    squares: sparse.csr_matrix  # (past films, words)
    by_word: sparse.csr_matrix  # (words, past films)
    occurs: sparse.csr_matrix  # (words, past films)

    @classmethod
    def of(cls, films: pd.DataFrame, past: PastReleases) -> Self:
        """Count the words of the films and of the past's; words that the past does not know are left out."""
        earlier = _words(past.films)
        films_with = earlier.reset_index().drop_duplicates().iloc[:, 1].value_counts()
        common = pd.Index(films_with.index[films_with >= _COMMON]).sort_values()
        said = _sublinear(_counts(earlier, common, len(past.films)))
        by_word = said.T.tocsr()
        occurs = by_word.astype(bool).astype(np.float64)
        return cls(_sublinear(_counts(_words(films), common, len(films))), past, said.power(2), by_word, occurs)

    def comparables(self, by: IntArray, money: Money) -> Comparables:
        """For each film the most alike films that were out before its day `by`.

        Words are weighed (IDF) by the descriptions of the films that were out then: before the four weeks in which the
        day falls.
        """
        rows = _together(by)
        found = [self._nearest(self.ours[some], by[some], money) for some in rows]
        order = np.argsort(np.concatenate(rows)) if rows else np.zeros(0, dtype=np.int64)
        return Comparables(*(np.concatenate(parts)[order] for parts in zip(*found, strict=True)))

    def _nearest(self, ours: sparse.csr_matrix, by: IntArray, money: Money) -> tuple[IntArray, FloatArray, FloatArray]:
        """The nearest films, their likeness and log gross, for films asked within the same four weeks."""
        alike = self._likeness(ours, int(by.min()) // _WEIGHED_EVERY * _WEIGHED_EVERY)
        age = by[:, None] - self.past.out[None, :]
        alike[(age <= 0) | (age > 365 * _YEARS)] = 0.0
        asked = min(_ASKED, alike.shape[1])
        first = np.argpartition(-alike, asked - 1, axis=1)[:, :asked]
        gross = np.log1p(self.past.gross(first.ravel(), np.repeat(by, asked), money)).reshape(first.shape)
        likeness = np.where(np.isfinite(gross), np.take_along_axis(alike, first, axis=1), 0.0)
        order = np.argsort(-likeness, axis=1, kind="stable")[:, :_NEIGHBOURS]
        first, likeness, gross = (np.take_along_axis(values, order, axis=1) for values in (first, likeness, gross))
        return first, likeness, np.where(likeness > 0, np.nan_to_num(gross), 0.0)

    def _likeness(self, ours: sparse.csr_matrix, day: int) -> FloatArray:
        """Cosines with all films of the past, (films, past), words weighed as of a day."""
        out = (self.past.out < day).astype(np.float64)
        films = self.occurs @ out  # (words,)
        weight = np.where(films >= _COMMON, np.log((1 + out.sum()) / (1 + films)) + 1, 0.0) ** 2
        lengths = [np.sqrt(squares @ weight) for squares in (ours.power(2), self.squares)]
        product = (ours.multiply(weight).tocsr() @ self.by_word).toarray()
        return np.asarray(product / np.maximum(lengths[0][:, None] * lengths[1][None, :], 1e-9))


def _together(by: IntArray) -> list[IntArray]:
    """Positions of films by the four weeks in which they are asked, in groups small enough for memory."""
    order, weeks = np.argsort(by, kind="stable"), by // _WEIGHED_EVERY
    groups = np.split(order, np.flatnonzero(np.diff(weeks[order])) + 1)
    return [rows[at : at + _AT_ONCE] for rows in groups for at in range(0, len(rows), _AT_ONCE)]


def _words(films: pd.DataFrame) -> "pd.Series[str]":
    """The words said of each film, indexed by its position, without stop words.

    Counted here: the import of scikit-learn for it costs as much as the answer of a verb.
    """
    found = pd.Series(_descriptions(films)).str.lower().str.findall(r"\b\w\w+\b").explode().dropna().astype(str)
    return found[~found.isin(_stop_words())]


@cache
def _stop_words() -> list[str]:
    """The stop words of the Glasgow Information Retrieval Group, as scikit-learn has them; read once and cached."""
    return Path(__file__).with_name("stop_words.txt").read_text().split()


def _counts(words: "pd.Series[str]", vocabulary: pd.Index, films: int) -> sparse.csr_matrix:
    """How often each film's text has each word of the vocabulary, (films, words)."""
    column = vocabulary.get_indexer(pd.Index(words))
    known = column >= 0
    place = (words.index.to_numpy()[known], column[known])
    return sparse.csr_matrix((np.ones(known.sum()), place), shape=(films, len(vocabulary)))


def _sublinear(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """1 + log of each count that is above 0."""
    values = counts.astype(np.float64)
    values.data = 1 + np.log(values.data)
    return values


def _descriptions(films: pd.DataFrame) -> list[str]:
    """All that is said of each film in one text, genres three times."""
    genres = films["genres"].map(lambda names: " ".join(3 * [_word(name) for name in names]))
    makers = (films["writers"] + films["stars"].map(lambda names: names[:6]) + films["companies"]).map(
        lambda names: " ".join(map(_word, names))
    )
    return (films["title"] + " " + films["overview"].fillna("") + " " + genres + " " + makers).tolist()


def _word(name: str) -> str:
    """A name as one word, spaces as underscores."""
    return name.replace(" ", "_")
