"""The one interface of all estimators."""

from abc import ABC, abstractmethod
from typing import ClassVar, Literal, Self

import numpy as np
import pandas as pd

from models.base.saved import Saved
from models.estimators.cases import Cases, FloatArray

Loss = Literal["squared", "absolute"]  # of logs: the forecast is the mean, or the median
START = "where it starts"  # the part of a forecast that is the same for all cases of a slot


class Estimator(Saved, ABC):
    """Learns outcomes from cases; its forecast of a case depends on that case alone.

    A member can be made without arguments. Frames and arrays that it is given are never changed.
    """

    loss: Loss
    seed: int
    tells_spread: ClassVar[bool] = False  # whether `spread` tells one case from another

    @abstractmethod
    def fit(self, cases: Cases, outcome: FloatArray) -> Self:
        """Learn from outcomes, log(dollars + floor), and return this changed model; raises EmptyTraining where few."""

    @abstractmethod
    def predict(self, cases: Cases) -> FloatArray:
        """Outcomes expected of cases, shape (cases,)."""

    @abstractmethod
    def contributions(self, cases: Cases) -> pd.DataFrame:
        """Parts that sum to `predict`, a row a case: a column `START` and one for each of the table's columns."""

    def spread(self, cases: Cases) -> FloatArray:
        """How far the outcome may be off, > 0, up to a factor that is the same for all: shape (cases,).

        By default the same for all cases.
        """
        return np.ones(len(cases))
