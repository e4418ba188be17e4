"""The one interface of all recommenders."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Protocol, Self

import pandas as pd


class Recommender(Protocol):
    """Learns from interactions and ranks films for viewers, those it never saw included.

    A history is a frame of `columns.INTERACTIONS`; models are inductive: `recommend` reads the viewers' newest
    histories, which may hold films and viewers that `fit` did not see.
    """

    name: ClassVar[str]

    def fit(self, interactions: pd.DataFrame) -> Self:
        """Learn from interactions (`columns.INTERACTIONS`), one row a viewer and film.

        Raises:
            EmptyTraining: there is no row to learn from.
        """
        ...

    def recommend(
        self,
        viewers: Sequence[str],
        history: pd.DataFrame,
        n: int,
        films: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """The `n` best films for each viewer, best first, films of the viewer's history excluded.

        `films` limits the candidates (all known ones by default). A viewer without a history gets the model's
        answer for newcomers. Fewer than `n` rows where fewer films remain. Ties break by film_id.

        Returns:
            A frame of `columns.RECOMMENDATIONS`: viewers in the order given, rank from 1.
        """
        ...

    def explain(self, history: pd.DataFrame, film: str, top: int = 3) -> pd.DataFrame:
        """The films of one viewer's history that speak most for `film`: columns film_id, contribution."""
        ...

    def save(self, folder: Path) -> None:
        """Write the model below `folder` as safetensors, parquet, JSON or xgboost's own JSON or UBJ."""
        ...

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            BadArtifact: the folder is torn, foreign, or of another model.
        """
        ...
