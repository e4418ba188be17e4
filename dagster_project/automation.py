"""What starts a cycle: the jobs, the sensor on the topics' lag, the daily schedule."""

from dagster import (
    AssetSelection,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    RepositoryDefinition,
    RunRequest,
    ScheduleEvaluationContext,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    define_asset_job,
    in_process_executor,
    schedule,
    sensor,
)

from dagster_project.defs import history
from dagster_project.resources import Loop
from dagster_project.staged import selected_assets, skipped_assets, skipped_tags
from pipelines.cycle import ingest
from pipelines.platform import lock

_LAG = 500  # records: a cycle for fewer costs more than it learns
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

# All steps of a run share one process, and so one Spark session.
cycle = define_asset_job(
    "cycle",
    AssetSelection.all() - AssetSelection.groups(history.GROUP),
    description="One cycle: ingest, features, training, gate, decisions, feedback, report.",
    executor_def=in_process_executor,
)
observe = define_asset_job(
    "observe",
    AssetSelection.assets(*_OBSERVED),
    description="The first half of the next cycle: measures the outcome of the last decisions, makes no new ones.",
    executor_def=in_process_executor,
)
# Forecasting years of weeks takes long, so no cycle includes it.
past = define_asset_job(
    "history",
    AssetSelection.groups(history.GROUP),
    description="The forecaster's back-test: weeks are backfilled, many in one run.",
    executor_def=in_process_executor,
)


@sensor(job=cycle, minimum_interval_seconds=10, default_status=DefaultSensorStatus.RUNNING)
def topic_lag(context: SensorEvaluationContext, loop: Loop) -> SensorResult | SkipReason:
    """Request a cycle when enough records wait on the topics and no cycle is running."""
    waiting = ingest.unread(loop.context)
    if waiting < _LAG:
        return SkipReason(f"{waiting} records wait; {_LAG} start a cycle")
    if not lock.free(loop.context.state):
        return SkipReason(f"{waiting} records wait until the running cycle ends")
    return SensorResult(run_requests=[_cycle_request(loop, context.repository_def)])


@schedule(
    name="daily",
    job=cycle,
    cron_schedule="0 4 * * *",
    execution_timezone="UTC",
    default_status=DefaultScheduleStatus.RUNNING,
)
def daily(context: ScheduleEvaluationContext, loop: Loop) -> RunRequest | SkipReason:
    """Request a cycle a day, for topics with too few records for the sensor."""
    if not ingest.unread(loop.context):
        return SkipReason("no record has arrived since the last cycle")
    return _cycle_request(loop, context.repository_def)


def _cycle_request(loop: Loop, repository: RepositoryDefinition | None) -> RunRequest:
    """Ask Kafka what waits: a request to run a cycle, without the assets of empty topics, once for this state."""
    assert repository is not None, "Dagster's code server always gives its repository"
    skipped = skipped_assets(ingest.silent(loop.context))
    return RunRequest(
        run_key=ingest.mark(loop.context),
        tags=skipped_tags(skipped),
        asset_selection=selected_assets(repository.get_job(cycle.name), skipped),
    )
