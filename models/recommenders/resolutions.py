"""Matrix factorisation at two resolutions: few factors for groups' tastes, many for each viewer's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import pandas as pd

from models.base.artifact import Artifact
from models.base.saved import Saved
from models.recommenders.als import ImplicitALS
from models.recommenders.blend import Blend
from models.recommenders.histories import FloatArray, Histories, IntArray
from models.recommenders.protocol import Recommender

_SUM = "sum"


@dataclass(eq=False)
class Resolutions(Recommender):
    """The sum of factorisations (`als.py`) that differ in how many factors they have, each in units of its spread.

    How many factors are best depends on how much is known: with few films a viewer, many factors learn noise; with
    many, few factors blur individual tastes. A hold-out of a few hundred viewers cannot tell which number is best
    (docs/decisions/0022-what-few-viewers-cannot-choose.md).
    """

    name: ClassVar[str] = "resolutions"
    factors: Sequence[int] = (8, 64)
    regularization: Sequence[float] = (0.15, 0.1)

    def __post_init__(self) -> None:
        """Makes a factorisation for each of `factors`, and their sum."""
        super().__post_init__()
        parts = [ImplicitALS(*each) for each in zip(self.factors, self.regularization, strict=True)]
        self._sum = Blend(tuple(parts), (1.0,) * len(parts))

    def fit(self, interactions: pd.DataFrame, films: pd.DataFrame | None = None) -> Self:
        """Fit each factorisation, and so change it; `films` adds to the catalogue (see the protocol)."""
        self._sum.fit(interactions, films)
        return self._summed()

    def affinity(self, histories: Histories) -> FloatArray:
        """The sum of the factorisations' affinities, shape (viewers, films)."""
        return self._sum.affinity(histories)

    def contributions(self, history: Histories, films: IntArray) -> FloatArray:
        """The sum of the factorisations' contributions, shape (interactions, films)."""
        return self._sum.contributions(history, films)

    def _write_files(self, files: Artifact) -> None:
        """Write settings and all factorisations into the artifact's folder."""
        Saved._write_files(self, files)  # settings alone: films and arrays are those of the sum
        self._sum.save(files.folder / _SUM)

    @classmethod
    def _read_files(cls, files: Artifact) -> Self:
        """Read what `_write_files` wrote, as a new model."""
        model = cls(**files.read_json("settings"))
        model._sum = Blend.load(files.folder / _SUM)
        return model._summed()

    def _summed(self) -> Self:
        """Takes over films and arrays of the sum; returns this model."""
        self.films, self.arrays = self._sum.films, self._sum.arrays
        return self
