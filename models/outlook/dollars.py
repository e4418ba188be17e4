"""From parts of a log to parts of the dollars: contributions that add up to the forecast."""

import numpy as np
import pandas as pd

from models.estimators.cases import FloatArray
from models.estimators.protocol import START


def in_dollars(parts: pd.DataFrame, floor: float) -> pd.DataFrame:
    """Parts of log(dollars + floor), a row a case, as dollars that sum to the forecast.

    Shares are those of Aumann and Shapley (1974): on the straight way from where it starts to the forecast, each part
    earns what it moves. Parts of one size in logs so earn one sum in dollars, whatever their order.
    """
    others = parts.drop(columns=START)
    start, moved = np.exp(parts[START].to_numpy()), others.sum(axis=1).to_numpy()
    earned = others.mul(start * _growth(moved), axis=0)
    earned.insert(0, START, start - floor)
    return earned


def _growth(moved: FloatArray) -> FloatArray:
    """(e^m − 1) / m, 1 at 0."""
    safe = np.where(np.abs(moved) > 1e-9, moved, 1.0)
    return np.where(np.abs(moved) > 1e-9, np.expm1(safe) / safe, 1.0)
