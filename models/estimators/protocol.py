"""The one interface of all estimators."""

from pathlib import Path
from typing import ClassVar, Literal, Protocol, Self

import pandas as pd

from models.estimators.cases import Cases, FloatArray

Loss = Literal["squared", "absolute"]  # of logs: the mean, or the median, is what is wanted
START = "where it starts"  # the part of a forecast that is the same for all cases of a slot


class Estimator(Protocol):
    """Learns outcomes from cases; what it says of a case depends on that case alone.

    A member can be made without arguments. Frames and arrays that it is given are never changed.
    """

    name: ClassVar[str]
    loss: Loss
    seed: int

    def fit(self, cases: Cases, outcome: FloatArray) -> Self:
        """Learn from outcomes, log(dollars + floor), none of them NaN.

        Raises:
            EmptyTraining: there are too few cases; the message says how many are wanted.
        """
        ...

    def predict(self, cases: Cases) -> FloatArray:
        """Outcomes expected of cases, shape (cases,)."""
        ...

    def spread(self, cases: Cases) -> FloatArray:
        """How far the outcome may be off, > 0, up to a factor that is the same for all: shape (cases,)."""
        ...

    def contributions(self, cases: Cases) -> pd.DataFrame:
        """Parts that sum to `predict`, a row a case: a column `START` and one for each of the table's columns."""
        ...

    def save(self, folder: Path) -> None:
        """Write the model below `folder` as safetensors, parquet, JSON or xgboost's UBJ."""
        ...

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            BadArtifact: the folder is torn, foreign, or of another model.
        """
        ...
