"""A cycle's forecasts: one for every film in release, from what serves, onto their topic."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import pandas as pd

from jobs import decisions
from pipelines.forecasting.daily import cycle as forecast
from pipelines.lake import outbox
from pipelines.lake.outbox import Outbox, gathered
from pipelines.platform.context import Context
from streaming.schema.events import Forecast, ForecastDay, derive_id


def forecasts(context: Context, number: int) -> list[Forecast]:
    """Make, write and send this cycle's forecasts, or send those that it had written; none while no model serves."""
    made = outbox.publish(context, number, FORECASTS, partial(_forecasts, context, number))
    context.ledger.note(number, forecasts=len(made))
    return made


def _forecasts(context: Context, number: int) -> list[Forecast]:
    record, serving = context.ledger.read(number), forecast.served(context)
    if serving is None:
        return []
    decision = {
        "cycle": number,
        "occurred_at": record["as_of"],
        "feature_version": record["features"]["film_day"],
        "model": serving[0].member,
        "model_version": serving[0].name,
    }
    frame = serving[1].forecast(forecast.panel_now(context), forecast.last_day(context))
    return as_events(frame, decision)


def as_events(frame: pd.DataFrame, decision: Mapping[str, Any]) -> list[Forecast]:
    """`columns.FORECASTS` → an event a film."""
    return [_forecast(str(film), rows, decision) for film, rows in frame.groupby("film_id", sort=True)]


def _forecast(film: str, rows: pd.DataFrame, decision: Mapping[str, Any]) -> Forecast:
    days = tuple(
        ForecastDay(date=pd.Timestamp(row["date"]).date(), q10=row["q10"], q50=row["q50"], q90=row["q90"])
        for row in rows.to_dict("records")
    )
    identity = derive_id("forecast", film, decision["cycle"], decision["occurred_at"])
    return Forecast(event_id=identity, film_id=film, days=days, **decision)


def forecast_rows(made: Iterable[Forecast]) -> pd.DataFrame:
    """Forecasts → `decisions/forecasts`, a row a film and day."""
    rows = [
        {
            **forecast.model_dump(exclude={"days", "event_id"}),
            "forecast_id": forecast.event_id,
            **day.model_dump(),
        }
        for forecast in made
        for day in forecast.days
    ]
    return pd.DataFrame(rows)


def _written_forecasts(rows: pd.DataFrame) -> list[Forecast]:
    """The inverse of `forecast_rows`, by film."""
    ordered = rows.sort_values(["film_id", "forecast_id", "date"])
    return gathered(Forecast, ordered, "forecast_id", "days", ForecastDay)


FORECASTS = Outbox(decisions.FORECASTS, forecast_rows, _written_forecasts)
