"""Dagster runs: fails those whose process has died, and deletes old ones.

A killed process leaves its run in the status STARTED, and since one run is allowed at a time, no other would start.
Dagster's launcher for a single machine cannot tell whether a run's process lives. So each run locks a file while it
executes; the kernel releases the lock when the process ends, however that happens.
"""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dagster import (
    DagsterInstance,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunRecord,
    RunsFilter,
    SensorEvaluationContext,
    SkipReason,
    sensor,
)

_SETTLED_S = 2.0  # the lock is taken shortly after a run's start and released shortly before its end
_STARTING_S = 30.0
_FINISHED = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]


@contextmanager
def marked_alive(instance: DagsterInstance, run_id: str) -> Iterator[None]:
    """Hold the run's lock file for as long as the block lasts."""
    file = _lock_file_of_run(instance, run_id)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        try:
            yield
        finally:
            file.unlink(missing_ok=True)


def end_orphans(instance: DagsterInstance) -> list[str]:
    """Mark the started runs whose process has died as failed, and return their ids."""
    orphans = [run_id for run_id in _started_run_ids(instance) if _process_has_died(instance, run_id)]
    if not orphans:
        return []
    time.sleep(_SETTLED_S)
    return [run_id for run_id in orphans if _process_has_died(instance, run_id) and _mark_failed(instance, run_id)]


@sensor(minimum_interval_seconds=10, default_status=DefaultSensorStatus.RUNNING)
def orphaned_runs(context: SensorEvaluationContext) -> SkipReason:
    """Marks runs whose process has died as failed, so that they do not block the runs that wait."""
    ended = end_orphans(context.instance)
    return SkipReason(f"marked as failed: {', '.join(ended)}" if ended else "the process of every started run is alive")


def delete_old(instance: DagsterInstance, kept: int) -> int:
    """Delete all finished runs but the `kept` newest, with their logs, and return how many were deleted."""
    old = instance.get_run_records(RunsFilter(statuses=_FINISHED))[kept:]
    for run_id in (record.dagster_run.run_id for record in old):
        instance.delete_run(run_id)
        instance.compute_log_manager.delete_logs(prefix=[run_id])
        # Dagster deletes the run's events and leaves its database file as large as before.
        (Path(instance.root_directory) / "history" / "runs" / f"{run_id}.db").unlink(missing_ok=True)
    return len(old)


def _started_run_ids(instance: DagsterInstance) -> list[str]:
    records = instance.get_run_records(RunsFilter(statuses=[DagsterRunStatus.STARTED]))
    return [record.dagster_run.run_id for record in records if _has_taken_lock_or_had_time(instance, record)]


def _has_taken_lock_or_had_time(instance: DagsterInstance, record: RunRecord) -> bool:
    """Whether the run has taken its lock, or has had the time to."""
    locked = _lock_file_of_run(instance, record.dagster_run.run_id).exists()
    return locked or time.time() - (record.start_time or 0) > _STARTING_S


def _process_has_died(instance: DagsterInstance, run_id: str) -> bool:
    """Whether nobody holds the run's lock file."""
    try:
        with _lock_file_of_run(instance, run_id).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return True
    except BlockingIOError:
        return False
    return True


def _mark_failed(instance: DagsterInstance, run_id: str) -> bool:
    """Mark a run as failed; False if it has finished meanwhile."""
    run = instance.get_run_by_id(run_id)
    if run is None or run.is_finished:
        return False
    instance.report_run_failed(
        run, "The run's process has died (killed, or out of memory). The next run continues the cycle."
    )
    _lock_file_of_run(instance, run_id).unlink(missing_ok=True)
    return True


def _lock_file_of_run(instance: DagsterInstance, run_id: str) -> Path:
    return Path(instance.root_directory) / "executing" / run_id
