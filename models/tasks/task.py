"""A forecasting task: cases, their outcomes, and the stack to fit to them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.estimators.cases import Cases, FloatArray
from models.estimators.stack import Stack


@dataclass(frozen=True)
class Task:
    """Cases in the order of `keys`, whose columns identify them in a file of predictions."""

    cases: Cases
    outcome: FloatArray  # log(dollars + floor), NaN where not known
    learn: npt.NDArray[np.bool_]  # cases from which models may be fitted
    ask: npt.NDArray[np.bool_]  # cases to be forecast
    keys: pd.DataFrame
    stack: Callable[[int], Stack]  # of a seed
    seen: FloatArray  # the outcomes as they stood on the day `cases.known`, from which errors are learned
