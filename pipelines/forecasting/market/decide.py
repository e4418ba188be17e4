"""Forecasts of the market as they are written and published: an event for all films and one a genre, a row a day."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from jobs import decisions
from models.base.columns import DATE, QUANTILES
from models.films.genres import ALL
from models.outlook.markets import SERIES
from pipelines.lake import delta
from pipelines.lake.film_history import HOME
from pipelines.lake.outbox import in_parts
from streaming.schema.events import ForecastDay, MarketForecast, derive_id

OUTBOX = in_parts(
    decisions.MARKET, MarketForecast, "market_id", "days", ForecastDay, order=("genre", "market_id", DATE)
)


def events(made: pd.DataFrame, decision: Mapping[str, Any]) -> list[MarketForecast]:
    """Series, date and quantiles (US dollars) → an event for all films, and one a genre.

    Args:
        decision: cycle, occurred_at, model, model_version, feature_version of all.
    """
    return [_event(str(name), rows, decision) for name, rows in made.groupby(SERIES, sort=True)]


def _event(name: str, days: pd.DataFrame, decision: Mapping[str, Any]) -> MarketForecast:
    forecast = tuple(
        ForecastDay(date=row[DATE].date(), **{quantile: row[quantile] for quantile in QUANTILES})
        for row in delta.records(days.sort_values(DATE)[[DATE, *QUANTILES]])
    )
    genre = None if name == ALL else name
    identity = derive_id("market", HOME, name, decision["cycle"], decision["occurred_at"])
    return MarketForecast(event_id=identity, territory=HOME, genre=genre, days=forecast, **decision)
