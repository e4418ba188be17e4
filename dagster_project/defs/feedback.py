"""What became of the decisions, sent back into the stream; and what the cycle has come to."""

from base64 import b64encode

from dagster import AssetExecutionContext, MaterializeResult, MetadataValue

from dagster_project import runs
from dagster_project.resources import Loop
from dagster_project.staged import staged
from pipelines.cycle import close, observe, upkeep
from pipelines.platform import settings

GROUP = "feedback"


@staged(
    GROUP,
    {"spark", "kafka", "deltalake"},
    deps=["silver_viewing", "film_day", "slates", "forecasts", "outlooks", "market_forecasts", "campaigns", "scripts"],
)
def feedback_signals(loop: Loop) -> MaterializeResult:
    """A row a shown film taken or not, a day, outlook or campaign that met its actual, a draft's reader: all sent."""
    return MaterializeResult(metadata={"sent": observe.observe(loop.context, loop.cycle)})


# All that a cycle makes comes before, also what no other asset reads: while it deletes files, nobody else writes.
@staged(GROUP, {"deltalake"}, deps=[feedback_signals, "quarantine", "viewer_taste", "segment_release"])
def disk_used(loop: Loop) -> MaterializeResult:
    """A number a room of the state folder: bytes on disk, once what no cycle will ask for has been removed."""
    if upkeep.due(loop.cycle):
        runs.forget_old(AssetExecutionContext.get().instance, settings.kept_runs())
    return MaterializeResult(metadata=dict(upkeep.upkeep(loop.context, loop.cycle)))


@staged(GROUP, {"deltalake"}, deps=[disk_used])
def cycle_metrics(loop: Loop) -> MaterializeResult:
    """A row a cycle: its numbers and its lineage. With it the cycle is done."""
    record = close.close(loop.context, loop.cycle)
    return MaterializeResult(metadata={"cycle": record["cycle"], "record": MetadataValue.json(record)})


# Where a cycle is only observed, it is the signals that the report waits for.
@staged(GROUP, {"python"}, deps=[feedback_signals, cycle_metrics, "segment_release"])
def report(loop: Loop) -> MaterializeResult:
    """The page that shows how the loop fares: click-through, regret, quality, forecasts against what came."""
    page = close.report(loop.context)
    picture = b64encode(close.overview(loop.context)).decode()
    return MaterializeResult(
        metadata={
            "page": MetadataValue.url(page.as_uri()),
            "overview": MetadataValue.md(
                f"![click-through, regret and quality by cycle](data:image/png;base64,{picture})"
            ),
        }
    )
