"""Forecasts of films in release as they are written and published: an event a film, a row a day."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from jobs import decisions
from pipelines.lake.outbox import in_parts
from streaming.schema.events import Forecast, ForecastDay, derive_id

OUTBOX = in_parts(
    decisions.FORECASTS, Forecast, "forecast_id", "days", ForecastDay, order=("film_id", "forecast_id", "date")
)


def events(made: pd.DataFrame, decision: Mapping[str, Any]) -> list[Forecast]:
    """`columns.FORECASTS` → an event a film.

    Args:
        decision: cycle, occurred_at, model, model_version, feature_version of all.
    """
    return [_event(str(film), rows, decision) for film, rows in made.groupby("film_id", sort=True)]


def _event(film: str, rows: pd.DataFrame, decision: Mapping[str, Any]) -> Forecast:
    days = tuple(
        ForecastDay(date=pd.Timestamp(row["date"]).date(), q10=row["q10"], q50=row["q50"], q90=row["q90"])
        for row in rows.to_dict("records")
    )
    identity = derive_id("forecast", film, decision["cycle"], decision["occurred_at"])
    return Forecast(event_id=identity, film_id=film, days=days, **decision)
