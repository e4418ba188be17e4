"""The one interface of all recommenders."""

from collections.abc import Sequence
from typing import Protocol, Self

import pandas as pd

from models.base.saved import Savable
from models.training.journal import Journal


class Recommender(Savable, Protocol):
    """Learns from interactions and ranks films for viewers, those it never saw included.

    A history is a frame of `columns.INTERACTIONS`, one row a viewer and film, in any order, never changed.
    Models are inductive: `recommend` reads the viewers' newest histories, which may hold films (ignored) and
    viewers (served) that `fit` did not see. A member can be made without arguments.
    """

    journal: Journal  # reports the progress of a long training, and keeps its states

    def fit(self, interactions: pd.DataFrame, films: pd.DataFrame | None = None) -> Self:
        """Learn from interactions (`columns.INTERACTIONS`), one row a viewer and film.

        Films that `films` (`columns.FILMS`, one row a film) describes belong to the catalogue even if nobody has
        watched them yet; a model that reads content learns from it what they are like.

        Raises:
            EmptyTraining: there is no row to learn from.
        """
        ...

    def tune(self, history: pd.DataFrame, targets: pd.DataFrame) -> Self:
        """Choose settings by what viewers took up next; the model was fitted on `history`.

        Args:
            history: `columns.INTERACTIONS`.
            targets: viewer_id, film_id: what each viewer watched after it, new to them.
        """
        ...

    def refit(self, interactions: pd.DataFrame, films: pd.DataFrame | None = None) -> Self:
        """Learn from more than `fit` had, as `fit` does but with the settings chosen; what was learned may be kept."""
        ...

    def recommend(
        self,
        viewers: Sequence[str],
        history: pd.DataFrame,
        n: int,
        films: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """The `n` ≥ 1 best films for each viewer, best first, films of the viewer's history excluded.

        `films` limits the candidates (all known ones by default); those that the model does not know are
        ignored. A viewer without a history gets the model's answer for newcomers. Fewer than `n` rows where
        fewer films remain. Ties break by popularity, then by film_id.

        Returns:
            A frame of `columns.RECOMMENDATIONS`: viewers in the order given, each once, rank from 1.
        """
        ...

    def explain(self, history: pd.DataFrame, film: str, top: int = 3) -> pd.DataFrame:
        """The films of one viewer's history that speak most for `film`, the strongest first.

        Returns:
            Columns film_id and contribution (> 0, in units of the score), at most `top` rows; none where the
            model does not know `film` or nothing in the history speaks for it.
        """
        ...

    def explain_each(self, history: pd.DataFrame, films: Sequence[str], top: int = 3) -> list[pd.DataFrame]:
        """`explain` for several films at once, which costs little more than for one; in the order of `films`."""
        ...
