"""Reads genres from words: one logistic regression a genre, learned from films whose genres are known."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

FloatArray = npt.NDArray[np.float64]
_MOST, _FEWEST = 200, 3  # genres, and films of each


@dataclass(frozen=True)
class GenreReader:
    """Genres, and how each weighs the terms of a text."""

    genres: tuple[str, ...]
    coefficient: FloatArray  # (genres, terms)
    intercept: FloatArray  # (genres,)

    @classmethod
    def blind(cls, told: Sequence[Sequence[str]]) -> Self:
        """A reader that reads nothing and only knows the genres that films tell."""
        genres = told_often(told)
        return cls(genres, np.zeros((len(genres), 0)), np.zeros(len(genres)))

    @classmethod
    def of(cls, weighed: sparse.csr_matrix, told: Sequence[Sequence[str]], seed: int) -> Self:
        """Fit a logistic regression a genre to films' weighed terms, (films, terms), and the genres that they tell."""
        genres = told_often(told)
        belongs = membership(told, genres)
        open_to = [place for place in range(len(genres)) if 0 < belongs[:, place].sum() < len(told)]
        coefficient, intercept = np.zeros((len(genres), weighed.shape[1])), np.zeros(len(genres))
        intercept[:] = np.where(belongs.mean(axis=0) == 1, 10.0, -10.0) if len(genres) else intercept
        for place in open_to:
            model = LogisticRegression(C=10.0, solver="liblinear", random_state=seed)
            model.fit(weighed, belongs[:, place])
            coefficient[place], intercept[place] = model.coef_[0], model.intercept_[0]
        return cls(genres, coefficient, intercept)

    def read(self, weighed: sparse.csr_matrix) -> FloatArray:
        """The probability of each genre, (texts, genres)."""
        return np.asarray(expit(weighed @ self.coefficient.T + self.intercept))


def told_often(told: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The most frequent of the genres that at least a few films have, sorted by name."""
    counts = Counter(name for names in told for name in dict.fromkeys(names))
    often = sorted(counts, key=lambda name: (-counts[name], name))[:_MOST]
    return tuple(sorted(name for name in often if counts[name] >= _FEWEST))


def membership(told: Sequence[Sequence[str]], genres: Sequence[str]) -> FloatArray:
    """1 where a film tells a genre, (films, genres)."""
    return np.array([[name in names for name in genres] for names in told], dtype=np.float64).reshape(len(told), -1)
