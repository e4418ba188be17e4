"""Errors of the forecasts of past weeks, by the actuals that are known now."""

from typing import Any

import pandas as pd
import pyarrow as pa

from models.base.columns import DATE, FILM, GROSS
from models.evaluation.metrics import coverage80, wape
from pipelines.forecasting.backtest.decide import REPEATED, read
from pipelines.forecasting.backtest.known_by_week import WEEK, BoxOfficeLog
from pipelines.lake import delta
from pipelines.platform.context import Context

ACCURACY = "history/accuracy"
_FIGURES = ("films", "days", "wape", "baseline_wape", "cover80")
_SCHEMA = pa.schema(
    [
        *[(WEEK, pa.date32()), ("films", pa.int64()), ("days", pa.int64())],
        *[(name, pa.float64()) for name in ("wape", "baseline_wape", "cover80")],
    ]
)


def write_accuracy(context: Context, log: BoxOfficeLog) -> pd.DataFrame:
    """Measure all weeks of `history/forecasts` anew: a later week may bring days that earlier ones forecast."""
    outcomes = join_actuals(read(context.state.lake), log.panel())
    accuracy = accuracy_by(outcomes, outcomes[WEEK])
    delta.overwrite(context.state.lake, ACCURACY, accuracy, _SCHEMA)
    return accuracy


def join_actuals(made: pd.DataFrame, panel: pd.DataFrame) -> pd.DataFrame:
    """Rows of `history/forecasts` whose day is in the panel, with its `gross`."""
    typed = made.assign(**{name: pd.to_datetime(made[name]) for name in (WEEK, DATE)})
    return typed.merge(panel[[FILM, DATE, GROSS]], how="inner", on=[FILM, DATE])


def accuracy_by(outcomes: pd.DataFrame, by: pd.Series) -> pd.DataFrame:
    """A row a value of `by`, which names the first column: films, days, wape, baseline_wape, cover80."""
    columns = [str(by.name), *_FIGURES]
    return pd.DataFrame([{columns[0]: key, **_accuracy(rows)} for key, rows in outcomes.groupby(by)], columns=columns)


def _accuracy(outcomes: pd.DataFrame) -> dict[str, Any]:
    actual, middle, low, high, repeated = (
        outcomes[name].to_numpy(dtype=float) for name in (GROSS, "q50", "q10", "q90", REPEATED)
    )
    counts = {"films": outcomes[FILM].nunique(), "days": len(outcomes), "cover80": coverage80(actual, low, high)}
    if not actual.sum():
        return counts
    return {**counts, "wape": wape(actual, middle), "baseline_wape": wape(actual, repeated)}
