"""Viewers' histories as integers: the one place where ids become positions in arrays."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

from models.base.columns import AT, FILM, STRENGTH, VIEWER
from models.base.days import DAY_MS
from models.base.errors import EmptyTraining

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


def sorted_ids(values: pd.Series) -> pd.Index:
    """The distinct ids of a column in ascending order: an id's position here is its integer."""
    ids: pd.Index = pd.Index(np.asarray(values, dtype=object)).unique().sort_values()
    return ids


@dataclass(frozen=True)
class Histories:
    """Interactions of known viewers with known films, sorted by viewer, time and film.

    The four arrays have one entry per interaction; `viewer` and `film` are positions below `shape`
    (viewers, films). The order of the rows that they were made from makes no difference.
    """

    viewer: IntArray
    film: IntArray
    at: IntArray  # UTC milliseconds
    strength: FloatArray
    shape: tuple[int, int]

    @classmethod
    def of(cls, interactions: pd.DataFrame, viewers: pd.Index, films: pd.Index) -> Self:
        """Interactions (`columns.INTERACTIONS`) of viewers and films in the two indexes, as sorted integer arrays."""
        viewer = viewers.get_indexer(pd.Index(np.asarray(interactions[VIEWER], dtype=object)))
        return cls._sorted(interactions, viewer, len(viewers), films)

    @classmethod
    def of_one(cls, interactions: pd.DataFrame, films: pd.Index) -> Self:
        """All rows of known films as the history of a single viewer."""
        return cls._sorted(interactions, np.zeros(len(interactions), dtype=np.int64), 1, films)

    @classmethod
    def for_training(cls, interactions: pd.DataFrame, films: pd.DataFrame | None = None) -> tuple[Self, pd.Index]:
        """All interactions, and the index of their films and of those described; raises EmptyTraining if none."""
        if interactions.empty:
            raise EmptyTraining("0 interactions: a recommender wants at least 1. Ingest viewing events first.")
        described = interactions[FILM].head(0) if films is None else films[FILM]
        known = sorted_ids(pd.concat([interactions[FILM], described]))
        return cls.of(interactions, sorted_ids(interactions[VIEWER]), known), known

    @classmethod
    def _sorted(cls, interactions: pd.DataFrame, viewer: IntArray, viewers: int, films: pd.Index) -> Self:
        """The rows of known viewers (≥ 0) and films as sorted arrays."""
        film = films.get_indexer(pd.Index(np.asarray(interactions[FILM], dtype=object)))
        at = interactions[AT].to_numpy(dtype=np.int64)
        strength = interactions[STRENGTH].to_numpy(dtype=np.float64)
        order = np.lexsort((strength, film, at, viewer))
        order = order[(viewer[order] >= 0) & (film[order] >= 0)]
        return cls(viewer[order], film[order], at[order], strength[order], (viewers, len(films)))

    @property
    def lengths(self) -> IntArray:
        """How many interactions each viewer has, shape (viewers,)."""
        return np.bincount(self.viewer, minlength=self.shape[0])

    @property
    def recency(self) -> IntArray:
        """The place of each interaction in its viewer's history, 1 the newest, shape (interactions,)."""
        ends = np.cumsum(self.lengths)
        return ends[self.viewer] - np.arange(len(self.viewer))

    def popularity(self, half_life_days: float) -> FloatArray:
        """The sum of strength · 2^(−age / half-life) of each film, shape (films,); ages count from the newest."""
        weight = self.strength * np.exp2(-(self.at.max() - self.at) / DAY_MS / half_life_days)
        return np.bincount(self.film, weights=weight, minlength=self.shape[1]).astype(np.float64)

    def matrix(self, values: FloatArray) -> csr_array:
        """`values`, one per interaction, as a sparse matrix (viewers, films)."""
        return csr_array((values, (self.viewer, self.film)), shape=self.shape)

    def chunks(self, viewers: int) -> Iterator[Self]:
        """The same histories, so many viewers at a time, in order."""
        for first in range(0, self.shape[0], viewers):
            last = min(first + viewers, self.shape[0])
            rows = slice(*np.searchsorted(self.viewer, (first, last)))
            yield type(self)(
                self.viewer[rows] - first,
                self.film[rows],
                self.at[rows],
                self.strength[rows],
                (last - first, self.shape[1]),
            )
