"""Quantiles of forecasts: widened until they cover what they promise, and as the frame that forecasters return."""

import numpy as np
import pandas as pd

from models.base.columns import DATE, FILM, FORECASTS, HORIZON, QUANTILES
from models.forecasters.runs import WEEK, DailyRuns, FloatArray, IntArray


def week_ahead(ahead: IntArray) -> IntArray:
    """Days ahead of the origin as weeks, from 0."""
    return (ahead - 1) // WEEK


def weeks_ahead(horizon: int) -> int:
    """How many weeks `horizon` days reach into."""
    return -(-horizon // WEEK)


def forecast_frame(runs: DailyRuns, film: IntArray, origin: pd.Timestamp, quantiles: FloatArray) -> pd.DataFrame:
    """The frame of `columns.FORECASTS`, of films (positions, ascending) with quantiles (films, horizon, 3), sorted."""
    films, horizon, _ = quantiles.shape
    ahead = np.tile(np.arange(1, horizon + 1), films)
    ordered = np.sort(np.maximum(quantiles, 0.0), axis=2).reshape(-1, len(QUANTILES))
    columns = {
        FILM: runs.films.take(np.repeat(film, horizon)),
        DATE: origin.normalize().as_unit("ns") + pd.to_timedelta(ahead, unit="D"),
        HORIZON: ahead,
        **dict(zip(QUANTILES, ordered.T, strict=True)),
    }
    return pd.DataFrame(columns, columns=list(FORECASTS))


def strongest_first(dollars: pd.Series) -> pd.DataFrame:
    """Contributions by feature as the frame of an explanation, the strongest first."""
    ordered = dollars.sort_values(key=np.abs, ascending=False, kind="stable")
    return pd.DataFrame({"feature": ordered.index.astype(object), "contribution": ordered.to_numpy(dtype=np.float64)})


def widening(actual: FloatArray, low: FloatArray, high: FloatArray, coverage: float) -> float:
    """By how much to move both ends of [low, high] outwards to cover the share `coverage` of `actual`.

    Conformalised quantile regression (Romano, Patterson, Candès 2019). The actuals, at least one, must not have been
    learned from. Negative where [low, high] is too wide.
    """
    outside = np.maximum(low - actual, actual - high)
    level = np.ceil((len(outside) + 1) * coverage) / len(outside)
    return float(np.quantile(outside, min(level, 1.0), method="higher"))
