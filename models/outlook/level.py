"""What earlier errors say of a run: whether films hold better or worse these weeks than the models learned.

Models that are not fitted anew for years go on from how films held when they learned. The newest runs show whether that
still is so: the weighted median of the errors of their totals, which a few that nobody could foresee do not move, drawn
towards none as long as few runs are over.
"""

import numpy as np
import pandas as pd

from models.estimators.cases import FloatArray, IntArray

_HALF_LIFE = 30.0  # days between two openings
_PRIOR = 30.0  # runs without an error
_MOST = 0.6  # log
_FAINT = 1e-3  # of a weight


def level_shifts(run: IntArray, at: IntArray, known: IntArray, made: FloatArray, error: FloatArray) -> FloatArray:
    """By how much to move each forecast (log), from runs whose days were all known when it was made; shape (cases,).

    Args:
        run: of which run a case is a day.
        at: the day on which it is forecast, one for all days of a run.
        known: the day on which its outcome is known.
        made: the forecast, log(dollars + floor).
        error: outcome minus forecast; NaN where there is none.
    """
    days = pd.DataFrame({"at": at, "known": known, "made": np.exp(made), "came": np.exp(made + error)})
    by_run = days.groupby(run)
    runs = by_run.agg({"at": "first", "known": "max", "made": "sum"})
    off = np.log(by_run["came"].sum(min_count=1) / runs["made"]).where(by_run["came"].count() == by_run.size())
    over = off.notna().to_numpy()
    opened, ended, errors = (each.to_numpy()[over] for each in (runs["at"], runs["known"], off.clip(-_MOST, _MOST)))
    moved = [_level(errors[ended <= day], (day - opened[ended <= day]) / _HALF_LIFE) for day in runs["at"]]
    return pd.Series(moved, runs.index, dtype=float).loc[run].to_numpy()


def _level(errors: FloatArray, half_lives: FloatArray) -> float:
    weight = 0.5**half_lives
    near = weight > _FAINT
    errors, weight = errors[near], weight[near]
    if not len(errors):
        return 0.0
    order = np.argsort(errors, kind="stable")
    summed = weight[order].cumsum()
    median = errors[order][np.searchsorted(summed, summed[-1] / 2)]
    return float(median * summed[-1] / (summed[-1] + _PRIOR))
