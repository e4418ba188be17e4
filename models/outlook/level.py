"""Level shifts of runs: whether films hold better or worse lately than when the models were fitted.

The shift is the weighted median of the errors of the newest runs' totals, which outliers do not move, shrunk to 0 while
few runs are over.
"""

import numpy as np
import pandas as pd

from models.estimators.cases import FloatArray, IntArray

_HALF_LIFE = 30.0  # days between two openings
_PRIOR = 30.0  # runs without an error
_MOST = 0.6  # log
_FAINT = 1e-3  # of a weight


def level_shifts(run: IntArray, at: IntArray, known: IntArray, made: FloatArray, error: FloatArray) -> FloatArray:
    """By how much to move each forecast (log), from runs whose days were all known when it was made.

    Args:
        run: of which run a case is a day.
        at: the day on which it is forecast, one for all days of a run.
        known: the day on which its outcome is known.
        made: the forecast, log(dollars + floor).
        error: outcome minus forecast; NaN where there is none.
    """
    days = pd.DataFrame({"at": at, "known": known, "made": np.exp(made), "came": np.exp(made + error)})
    own = np.unique(run, return_inverse=True)[1]
    by_run = days.groupby(own)
    runs = by_run.agg({"at": "first", "known": "max", "made": "sum"})
    over = (by_run["came"].count() == by_run.size()).to_numpy()
    totals = by_run["came"].sum()[over] / runs["made"][over]
    errors = np.clip(np.log(totals.to_numpy()), -_MOST, _MOST)
    opened, ended = runs["at"].to_numpy()[over], runs["known"].to_numpy()[over]
    moved = [_level(errors[ended <= day], (day - opened[ended <= day]) / _HALF_LIFE) for day in runs["at"]]
    return np.array(moved, dtype=np.float64)[own]


def _level(errors: FloatArray, half_lives: FloatArray) -> float:
    """The weighted median of errors, newer ones weighing more, shrunk to 0 where few count."""
    weight = 0.5**half_lives
    near = weight > _FAINT
    errors, weight = errors[near], weight[near]
    if not len(errors):
        return 0.0
    median = np.quantile(errors, 0.5, weights=weight, method="inverted_cdf")
    return float(median * weight.sum() / (weight.sum() + _PRIOR))
