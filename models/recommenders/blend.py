"""A weighted sum of recommenders: what their affinities say together, each in units of its own spread."""

from dataclasses import dataclass, field
from typing import ClassVar, Self

import numpy as np
import pandas as pd

from models.base.artifact import Artifact
from models.recommenders import load_recommender
from models.recommenders.als import ImplicitALS
from models.recommenders.histories import FloatArray, Histories, IntArray
from models.recommenders.protocol import Recommender
from models.recommenders.transitions import Transitions


def _taste_and_sequence() -> tuple[Recommender, ...]:
    """New default parts: ALS and transitions."""
    return ImplicitALS(), Transitions()


@dataclass(eq=False)
class Blend(Recommender):
    """A film's score is the weighted sum of its parts' scores, standardised over the films for each viewer.

    Every part learns from the same interactions, so all have the same films at the same positions. By default
    taste (ALS) leads and the last films (transitions) nudge: weights chosen on a time-ordered hold-out, where
    viewers come back after a pause. For the very next film of a session more weight on transitions pays.
    """

    name: ClassVar[str] = "blend"
    parts: tuple[Recommender, ...] = field(default_factory=_taste_and_sequence)
    weights: tuple[float, ...] = (1.0, 0.2)

    def fit(self, interactions: pd.DataFrame, films: pd.DataFrame | None = None) -> Self:
        """Fit each part, and so change it, to `columns.INTERACTIONS`, one row a viewer and film."""
        for part in self.parts:
            part.journal = self.journal
            part.fit(interactions, films)
        return self._joined()

    def refit(self, interactions: pd.DataFrame, films: pd.DataFrame | None = None) -> Self:
        """Refit each part, and so change it (see the protocol)."""
        for part in self.parts:
            part.journal = self.journal
            part.refit(interactions, films)
        return self._joined()

    def affinity(self, histories: Histories) -> FloatArray:
        """The weighted sum of the parts' standardised affinities, shape (viewers, films)."""
        return self._summed(histories)[1]

    def contributions(self, history: Histories, films: IntArray) -> FloatArray:
        """The weighted sum of the parts' contributions, each in units of its part's spread, (interactions, films)."""
        total = np.zeros((len(history.film), len(films)))
        for part, weight in zip(self.parts, self.weights, strict=True):
            if weight:
                total += (
                    weight * part.contributions(history, films) / _nonzero_spread_by_viewer(part.affinity(history))[0]
                )
        return total

    def _write_files(self, files: Artifact) -> None:
        """Write weights and each part into the artifact's folder."""
        files.write_json("weights", self.weights)
        for place, part in enumerate(self.parts):
            part.save(files.folder / f"part-{place}")

    @classmethod
    def _read_files(cls, files: Artifact) -> Self:
        """Read what `_write_files` wrote, as a new model."""
        weights = tuple(files.read_json("weights"))
        parts = tuple(load_recommender(files.folder / f"part-{place}") for place in range(len(weights)))
        return cls(parts, weights)._joined()

    def _summed(self, histories: Histories) -> tuple[list[FloatArray], FloatArray]:
        """The standardised affinities of the parts that count, and their weighted sum, (viewers, films) each."""
        counting = [(part, weight) for part, weight in zip(self.parts, self.weights, strict=True) if weight]
        scores = [standardised(part.affinity(histories)) for part, _ in counting]
        total = np.zeros(histories.shape)
        for score, (_, weight) in zip(scores, counting, strict=True):
            total += weight * score
        return scores, total

    def _joined(self) -> Self:
        """Takes over films and arrays of the first part; returns this model."""
        self.films, self.arrays = self.parts[0].films, self.parts[0].arrays
        return self


def standardised(affinity: FloatArray) -> FloatArray:
    """Scores (viewers, films) in units of their spread over the films, around each viewer's mean."""
    return np.asarray(
        (affinity - affinity.mean(axis=1, keepdims=True)) / _nonzero_spread_by_viewer(affinity), dtype=np.float64
    )


def _nonzero_spread_by_viewer(affinity: FloatArray) -> FloatArray:
    """The spread of each viewer's scores over films, 1 where they are all alike."""
    spread = affinity.std(axis=1, keepdims=True)
    return np.where(spread > 0, spread, 1.0)
