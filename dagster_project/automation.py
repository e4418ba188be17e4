"""What starts a cycle: the jobs, the sensor on the topics' lag, the daily schedule."""

from dagster import (
    AssetKey,
    AssetSelection,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    RunRequest,
    SensorResult,
    SkipReason,
    define_asset_job,
    schedule,
    sensor,
)

from dagster_project.defs import history
from dagster_project.executor import side_by_side
from dagster_project.resources import Loop
from dagster_project.selection import left_out
from pipelines.cycle import ingest
from pipelines.platform import lock

_LAG = 500  # records: below it a cycle would cost more than it learns
_OBSERVED = (
    "waiting_events",
    "bronze_events",
    "silver_films",
    "silver_viewers",
    "silver_viewing",
    "silver_boxoffice",
    "quarantine",
    "film_day",
    "feedback_signals",
    "report",
)

# One Spark session a run: all assets of a run share one process.
cycle = define_asset_job(
    "cycle",
    AssetSelection.all() - AssetSelection.groups(history.GROUP),
    description="One turn of the loop: ingest, features, train, gate, decide, feed back, report.",
    executor_def=side_by_side,
)
observe = define_asset_job(
    "observe",
    AssetSelection.assets(*_OBSERVED),
    description="The first half of the next cycle: see what became of the last decisions, without deciding anew.",
    executor_def=side_by_side,
)
# No cycle waits for years of forecasts.
past = define_asset_job(
    "history",
    AssetSelection.groups(history.GROUP),
    description="The forecaster as if it had run all along: weeks are backfilled, many in a run.",
    executor_def=side_by_side,
)


@sensor(job=cycle, minimum_interval_seconds=10, default_status=DefaultSensorStatus.RUNNING)
def topic_lag(loop: Loop) -> SensorResult | SkipReason:
    """Starts a cycle when enough records wait on the topics and no cycle is running."""
    waiting = ingest.unread(loop.context)
    if waiting < _LAG:
        return SkipReason(f"{waiting} records wait, {_LAG} start a cycle")
    if not lock.free(loop.context.state):
        return SkipReason(f"{waiting} records wait for the cycle that is running")
    return SensorResult(run_requests=[_request(loop)])


def _request(loop: Loop) -> RunRequest:
    skipped = left_out(ingest.silent(loop.context))
    tags = {f"skipped/{asset}": reason for asset, reason in skipped.items()}
    return RunRequest(run_key=ingest.mark(loop.context), tags=tags, asset_selection=_selected(skipped))


def _selected(skipped: dict[str, str]) -> list[AssetKey] | None:
    from dagster_project.definitions import definitions

    if not skipped:
        return None
    executable = definitions.resolve_job_def(cycle.name).asset_layer.executable_asset_keys
    return sorted(set(executable) - {AssetKey(asset) for asset in skipped})


@schedule(
    name="daily",
    job=cycle,
    cron_schedule="0 4 * * *",
    execution_timezone="UTC",
    default_status=DefaultScheduleStatus.RUNNING,
)
def daily(loop: Loop) -> RunRequest | SkipReason:
    """A cycle a day, for topics too quiet to wake the sensor."""
    if not ingest.unread(loop.context):
        return SkipReason("no record has come since the last cycle")
    return _request(loop)
