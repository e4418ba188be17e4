"""The one interface of all forecasters."""

from pathlib import Path
from typing import ClassVar, Protocol, Self

import pandas as pd


class Forecaster(Protocol):
    """Learns from daily runs of films and forecasts the next days of every film in release.

    A member can be made without arguments. Rows may come in any order, and are never changed.

    A panel is a long frame, one row a film and day: film_id, date, gross, day (of the run, from 1), screens
    (may be missing), genres (a `|`-joined string). Days may be missing inside a run.
    """

    name: ClassVar[str]

    def fit(self, panel: pd.DataFrame) -> Self:
        """Learn from all days of `panel`; nothing later is known.

        Raises:
            EmptyTraining: there is too little to learn from; the message says how many days are wanted.
        """
        ...

    def forecast(self, panel: pd.DataFrame, origin: pd.Timestamp, horizon: int = 28) -> pd.DataFrame:
        """Quantiles of the daily gross for the `horizon` days after `origin`, for each film in release then.

        In release means: a day with gross > 0 in the 7 days up to and with `origin`. Rows of `panel` after
        `origin` are not read.

        Returns:
            A frame of `columns.FORECASTS` with 0 ≤ q10 ≤ q50 ≤ q90, sorted by film_id and date. The quantiles
            are of a day on which the film is still shown; none is in release, none is returned.

        Raises:
            HorizonTooFar: more days are asked for than were learned.
        """
        ...

    def explain(self, panel: pd.DataFrame, origin: pd.Timestamp, film: str, horizon: int = 28) -> pd.DataFrame:
        """What the medians of `film` are made of, added up over the `horizon` days after `origin`.

        Returns:
            Columns feature and contribution (dollars), strongest first; they sum to the medians, but for days on which
            these are cut at 0. None where the film is not in release at `origin`.
        """
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
