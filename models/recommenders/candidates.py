"""The films that the parts of a composition retrieve for some viewers, on which its weights are chosen."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from models.base.columns import FILM, VIEWER
from models.evaluation.metrics import discounts
from models.recommenders.histories import FloatArray, IntArray

K = 10


@dataclass(frozen=True)
class Candidates:
    """The films retrieved for some viewers, padded: arrays of shape (viewers, candidates)."""

    film: IntArray
    scores: tuple[np.ndarray, ...]  # by part; −∞ where there is no candidate
    wanted: np.ndarray
    ideal: FloatArray  # the greatest gain that a list can have, shape (viewers,)

    @classmethod
    def of(cls, retrieved: np.ndarray, scores: list[np.ndarray], wanted: np.ndarray) -> Self:
        """Pick from masks and scores, (viewers, films), the retrieved films of each viewer."""
        most = max(int(retrieved.sum(axis=1).max()), K)
        film = np.argsort(~retrieved, axis=1, kind="stable")[:, :most]
        real = np.take_along_axis(retrieved, film, axis=1)
        taken = tuple(np.where(real, np.take_along_axis(score, film, axis=1), -np.inf) for score in scores)
        return cls(film, taken, np.take_along_axis(wanted, film, axis=1) & real, ideal_gain(wanted))

    def some(self, chosen: np.ndarray) -> Self:
        """A copy with only the viewers that `chosen`, shape (viewers,), marks."""
        scores = tuple(score[chosen] for score in self.scores)
        return type(self)(self.film[chosen], scores, self.wanted[chosen], self.ideal[chosen])

    def ranked(self, weights: tuple[float, ...], trend: FloatArray, demand: float) -> tuple[FloatArray, IntArray]:
        """Rank the candidates by weighted scores: NDCG@10 of each viewer, and the films of all lists."""
        # A weight of 0 times −∞ is no number: parts that do not count are left out.
        parts = [weight * score for weight, score in zip(weights, self.scores, strict=True) if weight]
        if not parts:
            return np.zeros(len(self.film)), self.film[:, :0]
        total = carried(np.sum(parts, axis=0), trend[self.film], demand)
        first = first_ten(total)
        return gain(first, self.wanted) / self.ideal, np.take_along_axis(self.film, first, axis=1)


def carried(scores: FloatArray, trend: FloatArray, demand: float) -> FloatArray:
    """Scores above 0 multiplied by trend^demand (`trend` is a logarithm); others stay as they are."""
    return np.where(scores > 0, scores * np.exp(demand * trend), scores) if demand else scores


def first_ten(scores: FloatArray) -> IntArray:
    """The places of the ten highest scores of each row, best first: (viewers, candidates) → (viewers, ≤ 10)."""
    return np.argsort(-scores, axis=1, kind="stable")[:, :K]


def gain(first: IntArray, wanted: np.ndarray) -> FloatArray:
    """Discounted gain of the places `first` of each row of `wanted`, shape (viewers,)."""
    return np.take_along_axis(wanted, first, axis=1) @ discounts(first.shape[1])


def ideal_gain(wanted: np.ndarray) -> FloatArray:
    """The greatest gain of a list of ten, wanted (viewers, films) → (viewers,); where none is wanted, that of one."""
    return np.asarray(np.cumsum(discounts(K))[np.clip(wanted.sum(axis=1), 1, K) - 1])


def wanted_films(targets: pd.DataFrame, viewers: pd.Index, films: pd.Index) -> np.ndarray:
    """A mask, (viewers, films), of what each viewer took up; targets of unknown films are left out."""
    wanted = np.zeros((len(viewers), len(films)), dtype=bool)
    film = films.get_indexer(pd.Index(targets[FILM]))
    known = film >= 0
    wanted[viewers.get_indexer(pd.Index(targets[VIEWER]))[known], film[known]] = True
    return wanted
