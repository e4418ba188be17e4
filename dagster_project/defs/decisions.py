"""The decisions, written to the lake and sent to the topics."""

from typing import Any

from dagster import MaterializeResult, MetadataValue

from dagster_project.defs.features import (
    film_features,
    interaction_sequence,
    segment_taste,
    viewer_features,
    viewer_segment,
)
from dagster_project.defs.models import forecaster, judge, recommender, script_writer
from dagster_project.resources import Loop
from dagster_project.staged import picture, staged
from pipelines.campaigns import cycle as campaigns_cycle
from pipelines.forecasting.daily import cycle as daily_cycle
from pipelines.forecasting.market import cycle as market_cycle
from pipelines.forecasting.openings import cycle as openings_cycle
from pipelines.recommending import decide as recommending
from pipelines.report.figures.metadata import market_png
from pipelines.scripts import cycle as scripts_cycle
from pipelines.segments import cycle as segments_cycle
from streaming.kafka.topics import BOXOFFICE, VIEWING

GROUP = "decisions"
KINDS = {"kafka", "deltalake"}


@staged(GROUP, KINDS, deps=[recommender, viewer_features, film_features], needs=VIEWING.name)
def slates(loop: Loop) -> MaterializeResult:
    """A slate per viewer within the guard rails, each film with its exact probability. Written to the lake and sent."""
    made = recommending.slates(loop.context, loop.cycle)
    rails = loop.context.ledger.read(loop.cycle)["rails"]
    return MaterializeResult(metadata={"dagster/row_count": len(made), "rails": MetadataValue.json(rails)})


@staged(GROUP, KINDS, deps=[forecaster], needs=BOXOFFICE.name)
def forecasts(loop: Loop) -> MaterializeResult:
    """A forecast per film in release: quantiles of the next 28 days' gross. Written to the lake and sent."""
    return MaterializeResult(metadata={"dagster/row_count": len(daily_cycle.publish(loop.context, loop.cycle))})


@staged(GROUP, KINDS | {"mlflow"}, deps=["silver_boxoffice", "silver_films", "quarantine"], needs=BOXOFFICE.name)
def outlooks(loop: Loop) -> MaterializeResult:
    """A forecast of the domestic gross per film, 30 and 7 days before it opens. Written to the lake and sent."""
    made = openings_cycle.publish(loop.context, loop.cycle)
    leads = loop.context.ledger.read(loop.cycle)["outlooks"]["leads"]
    return MaterializeResult(metadata={"dagster/row_count": len(made), "questions": MetadataValue.json(leads)})


@staged(GROUP, {"deltalake"}, deps=[segment_taste], needs=VIEWING.name)
def segment_release(loop: Loop) -> MaterializeResult:
    """The tastes of segments of at least twenty viewers, written to the lake once per completed period."""
    return MaterializeResult(
        metadata={"published": MetadataValue.json(segments_cycle.release(loop.context, loop.cycle))}
    )


@staged(
    GROUP,
    KINDS | {"xgboost", "mlflow"},
    deps=[interaction_sequence, viewer_features, "silver_films", "silver_viewing", "quarantine"],
    needs=VIEWING.name,
)
def campaigns(loop: Loop) -> MaterializeResult:
    """A row per viewer and film that opens soon: is the trailer shown, how probably. Written to the lake and sent."""
    campaigns_cycle.publish(loop.context, loop.cycle)
    note = loop.context.ledger.read(loop.cycle)["campaigns"]
    return MaterializeResult(metadata={"dagster/row_count": note["viewers"], "learned": MetadataValue.json(note)})


@staged(GROUP, KINDS, deps=[script_writer, judge, segment_release, viewer_segment], needs=VIEWING.name)
def scripts(loop: Loop) -> MaterializeResult:
    """A draft per segment, by its brief or at random, with its readers. Written to the lake and sent."""
    made = scripts_cycle.publish(loop.context, loop.cycle)
    metadata: dict[str, Any] = {
        "dagster/row_count": len(made),
        "note": MetadataValue.json(loop.context.ledger.read(loop.cycle)["scripts"]),
    }
    if made:
        metadata["first"] = MetadataValue.md(f"**{made[0].title}**\n\n```\n{made[0].text}\n```")
    return MaterializeResult(metadata=metadata)


@staged(GROUP, KINDS | {"mlflow"}, deps=["silver_boxoffice", "silver_films", "quarantine"], needs=BOXOFFICE.name)
def market_forecasts(loop: Loop) -> MaterializeResult:
    """A forecast for all films and per genre: quantiles of the next 28 days' gross. Written to the lake and sent."""
    made = market_cycle.publish(loop.context, loop.cycle)
    note = loop.context.ledger.read(loop.cycle)["market"]
    metadata: dict[str, Any] = {"dagster/row_count": len(made), "market": MetadataValue.json(note)}
    if made:
        metadata["plot"] = picture("the market of the next 28 days", market_png(made))
    return MaterializeResult(metadata=metadata)
