"""Decide: a slate for every viewer and a forecast for every film in release, from what serves, onto their topics."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from jobs import decisions
from models import columns
from models.recommenders.variety import Variety
from pipelines import frames, policy, publish, rails, set_aside, settings
from pipelines.context import Context
from pipelines.rails import Kept, Rails
from pipelines.registry import Version
from pipelines.stages import forecast, recommend
from pipelines.stages.recommend import Arm, Catalogue
from streaming.events import Event, Forecast, Slate
from streaming.producer import EventProducer

_NO_MODEL: dict[str, Any] = {"model": None, "model_version": None}


def slates(context: Context, number: int) -> list[Slate]:
    """Make, write and send this cycle's slates; without a model, uniformly random ones."""
    record = context.ledger.read(number)
    history = frames.interactions(context.lake.read(context.spark, "features/interaction_sequence"))
    catalogue, arms = recommend.catalogue(context), recommend.arms(context, number, _viewers(context))
    kept = _kept(arms, history, catalogue)
    ranked, seen = _by_viewer(kept.listed if kept else None), _seen(history)
    made: list[Slate] = []
    aside: dict[str, str] = {}
    for arm in arms:
        own, others = publish.slates(
            {viewer: ranked.get(viewer, []) for viewer in arm.viewers},
            catalogue.films,
            seen,
            {
                "cycle": number,
                "occurred_at": record["as_of"],
                "policy": f"epsilon-greedy {policy.EPSILON}" if arm.version else "uniform",
                "feature_version": record["features"]["interaction_sequence"],
                **_named(arm.version),
            },
        )
        made += own
        aside |= others
    set_aside.note(context.ledger, number, "slates", aside)
    decisions.write(context.spark, context.lake, decisions.RECOMMENDATIONS, number, publish.slate_rows(made))
    send(context, made, number)
    context.ledger.note(number, slates=len(made), rails=kept.record() if kept else None)
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
            **_named(serving[0]),
        }
        made = publish.forecasts(frame, decision)
        decisions.write(context.spark, context.lake, decisions.FORECASTS, number, publish.forecast_rows(made))
        send(context, made, number)
    context.ledger.note(number, forecasts=len(made))
    return made


def send(context: Context, made: Iterable[Event], number: int) -> None:
    """Send a cycle's decisions to their topics."""
    with EventProducer(context.bootstrap) as producer:
        for event in made:
            producer.send(event, f"cycle/{number}")


def _viewers(context: Context) -> list[str]:
    frame = context.lake.read(context.spark, "features/viewer").select("viewer_id").toPandas()
    return sorted(frame["viewer_id"])


def _kept(arms: list[Arm], history: pd.DataFrame, catalogue: Catalogue) -> Kept | None:
    """The lists of all arms, varied as far as the dial says, within the rails; None where there is none."""
    variety = Variety.of(catalogue.described, settings.diversity())
    models = [(arm.model, arm.viewers) for arm in arms if arm.model and arm.viewers]

    def lists(n: int, films: Sequence[str]) -> pd.DataFrame:
        made = [variety.recommend(model, viewers, history, n, films) for model, viewers in models]
        return pd.concat(made, ignore_index=True)

    return rails.keep(Rails(), lists, catalogue.films, catalogue.new, publish.SLATE_SIZE) if models else None


def _by_viewer(listed: pd.DataFrame | None) -> dict[str, list[tuple[str, float]]]:
    """Viewer → films with scores, best first."""
    ranked: dict[str, list[tuple[str, float]]] = {}
    if listed is not None:
        for viewer, film, score in listed[[columns.VIEWER, columns.FILM, columns.SCORE]].itertuples(index=False):
            ranked.setdefault(viewer, []).append((film, score))
    return ranked


def _seen(history: pd.DataFrame) -> dict[str, frozenset[str]]:
    return {str(viewer): frozenset(films) for viewer, films in history.groupby(columns.VIEWER)[columns.FILM]}


def _named(version: Version | None) -> dict[str, Any]:
    return {"model": version.member, "model_version": version.name} if version else _NO_MODEL
