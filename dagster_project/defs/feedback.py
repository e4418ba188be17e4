"""The outcomes of decisions, sent back to the topics; the cycle's metrics and report."""

from dagster import AssetExecutionContext, MaterializeResult, MetadataValue

from dagster_project import runs
from dagster_project.resources import Loop
from dagster_project.staged import picture, staged
from pipelines.cycle import close, observe, retention
from pipelines.platform import settings

GROUP = "feedback"


@staged(
    GROUP,
    {"spark", "kafka", "deltalake"},
    deps=["silver_viewing", "film_day", "slates", "forecasts", "outlooks", "market_forecasts", "campaigns", "scripts"],
)
def feedback_signals(loop: Loop) -> MaterializeResult:
    """A row per outcome of a decision, written to the lake and sent: of slates, forecasts, campaigns and scripts."""
    return MaterializeResult(metadata={"sent": observe.observe(loop.context, loop.cycle)})


# Depends on all that a cycle writes, because it deletes old files of these tables.
@staged(GROUP, {"deltalake"}, deps=[feedback_signals, "quarantine", "viewer_taste", "segment_release"])
def disk_used(loop: Loop) -> MaterializeResult:
    """Bytes on disk per part of the state folder, after files that no cycle needs have been deleted."""
    if retention.due(loop.cycle):
        runs.delete_old(AssetExecutionContext.get().instance, settings.kept_runs())
    return MaterializeResult(metadata=dict(retention.upkeep(loop.context, loop.cycle)))


@staged(GROUP, {"deltalake"}, deps=[disk_used])
def cycle_metrics(loop: Loop) -> MaterializeResult:
    """A row per cycle, written to the lake: its numbers and its lineage. Closes the cycle."""
    record = close.close(loop.context, loop.cycle)
    return MaterializeResult(metadata={"cycle": record["cycle"], "record": MetadataValue.json(record)})


# The job `observe` has no cycle_metrics: there the report waits for the signals.
@staged(GROUP, {"python"}, deps=[feedback_signals, cycle_metrics, "segment_release"])
def report(loop: Loop) -> MaterializeResult:
    """The page of results, written to the state folder: click-through, regret, quality, forecasts beside actuals."""
    page = close.report(loop.context)
    overview = picture("click-through, regret and quality by cycle", close.overview(loop.context))
    return MaterializeResult(metadata={"page": MetadataValue.url(page.as_uri()), "overview": overview})
