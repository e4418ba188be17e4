"""Conformalised quantile regression (Romano, Patterson, Candès 2019): intervals that keep their promise."""

import numpy as np

from models.forecasters.runs import FloatArray


def widening(actual: FloatArray, low: FloatArray, high: FloatArray, coverage: float) -> float:
    """By how much to move both ends of [low, high] outwards to cover the share `coverage` of `actual`.

    The actuals, at least one, must not have been learned from. Negative where [low, high] is too wide.
    """
    outside = np.maximum(low - actual, actual - high)
    level = np.ceil((len(outside) + 1) * coverage) / len(outside)
    return float(np.quantile(outside, min(level, 1.0), method="higher"))
