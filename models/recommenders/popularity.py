"""Baseline: popularity with exponential decay, the same films for every viewer."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import pandas as pd

from models.base.columns import VIEWER
from models.recommenders.histories import FloatArray, Histories, IntArray, sorted_ids
from models.recommenders.protocol import Recommender
from models.recommenders.selection import quality, sampled

_HALF_LIVES = (7.0, 90.0, 365.0, 3650.0)  # days


@dataclass(eq=False)
class Popularity(Recommender):
    """A film's score is the sum over its interactions of strength · 2^(−age / half-life).

    Ages count from the newest interaction of the training. A history changes only what is excluded.
    """

    name: ClassVar[str] = "popularity"

    def tune(self, history: pd.DataFrame, targets: pd.DataFrame) -> Self:
        """Choose and keep the half-life, and count anew what is popular with it (see the protocol)."""
        training = Histories.of(history, sorted_ids(history[VIEWER]), self.films)
        few, scores = sampled(targets), {}
        for days in (self.half_life_days, *_HALF_LIVES):
            self.arrays["popularity"] = training.popularity(days)
            scores[days] = quality(self, history, few)
        self.half_life_days = max(scores, key=scores.__getitem__)
        self.arrays["popularity"] = training.popularity(self.half_life_days)
        return self

    def affinity(self, histories: Histories) -> FloatArray:
        """The films' popularity, the same for each viewer, shape (viewers, films)."""
        return np.tile(self.arrays["popularity"], (histories.shape[0], 1))

    def contributions(self, history: Histories, films: IntArray) -> FloatArray:
        """Zeros, shape (interactions, films): no history speaks for a popular film."""
        return np.zeros((len(history.film), len(films)))
