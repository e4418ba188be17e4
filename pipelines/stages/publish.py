"""Decide: a slate for every viewer and a forecast for every film in release, from what serves, onto their topics."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from jobs import decisions
from models import columns
from pipelines import frames, policy, publish
from pipelines.context import Context
from pipelines.stages import forecast, recommend
from streaming.events import Event, Forecast, Slate
from streaming.producer import EventProducer

_NO_MODEL: dict[str, Any] = {"model": None, "model_version": None}


def slates(context: Context, number: int) -> list[Slate]:
    """Make, write and send this cycle's slates; without a model, uniformly random ones."""
    record = context.ledger.read(number)
    history = frames.interactions(context.lake.read(context.spark, "features/interaction_sequence"))
    viewers = _viewers(context)
    serving = recommend.served(context)
    films = recommend.catalogue(context).films
    made = publish.slates(
        _ranked(serving, viewers, history, films),
        films,
        _seen(history),
        {
            "cycle": number,
            "occurred_at": record["as_of"],
            "policy": f"epsilon-greedy {policy.EPSILON}" if serving else "uniform",
            "feature_version": record["features"]["interaction_sequence"],
            **_named(serving),
        },
    )
    decisions.write(context.spark, context.lake, decisions.RECOMMENDATIONS, number, publish.slate_rows(made))
    _send(context, made, number)
    context.ledger.note(number, slates=len(made))
    return made


def forecasts(context: Context, number: int) -> list[Forecast]:
    """Make, write and send this cycle's forecasts; none while no model serves."""
    record = context.ledger.read(number)
    serving = forecast.served(context)
    made: list[Forecast] = []
    if serving:
        frame = serving[1].forecast(forecast.panel_now(context), forecast.last_day(context))
        decision = {
            "cycle": number,
            "occurred_at": record["as_of"],
            "feature_version": record["features"]["film_day"],
            **_named(serving),
        }
        made = publish.forecasts(frame, decision)
        decisions.write(context.spark, context.lake, decisions.FORECASTS, number, publish.forecast_rows(made))
        _send(context, made, number)
    context.ledger.note(number, forecasts=len(made))
    return made


def _send(context: Context, made: Iterable[Event], number: int) -> None:
    with EventProducer(context.bootstrap) as producer:
        for event in made:
            producer.send(event, f"cycle/{number}")


def _viewers(context: Context) -> list[str]:
    frame = context.lake.read(context.spark, "features/viewer").select("viewer_id").toPandas()
    return sorted(frame["viewer_id"])


def _ranked(
    serving: Any, viewers: list[str], history: pd.DataFrame, films: list[str]
) -> dict[str, list[tuple[str, float]]]:
    """Viewer → films with scores, best first; no films where no model serves."""
    ranked: dict[str, list[tuple[str, float]]] = {viewer: [] for viewer in viewers}
    if serving:
        listed = serving[1].recommend(viewers, history, publish.SLATE_SIZE, films)
        for row in listed[[columns.VIEWER, columns.FILM, columns.SCORE]].itertuples(index=False):
            ranked[row[0]].append((row[1], row[2]))
    return ranked


def _seen(history: pd.DataFrame) -> dict[str, frozenset[str]]:
    return {str(viewer): frozenset(films) for viewer, films in history.groupby(columns.VIEWER)[columns.FILM]}


def _named(serving: Any) -> dict[str, Any]:
    if serving is None:
        return _NO_MODEL
    version = serving[0]
    return {"model": version.member, "model_version": version.name}
