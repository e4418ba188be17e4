"""Runs in Dagster's storage: those whose process is gone are ended, and old ones are forgotten.

A process that is killed says nothing of its run, which stays STARTED, and where one run is allowed at a time it is the
last. Dagster asks its launchers whether a run's process lives, and the one for a single machine cannot tell. So a run
holds a file locked for as long as it executes; the kernel gives the lock back with the process, however that ends.
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

_SETTLED_S = 2.0  # a run executes from a moment after its start, to a moment before its end
_STARTING_S = 30.0
_FINISHED = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]


@contextmanager
def executing(instance: DagsterInstance, run_id: str) -> Iterator[None]:
    """Show for as long as the block lasts that the run's process lives."""
    sign = _sign(instance, run_id)
    sign.parent.mkdir(parents=True, exist_ok=True)
    with sign.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            sign.unlink(missing_ok=True)


def end_orphans(instance: DagsterInstance) -> list[str]:
    """Mark as failed the started runs whose process is gone, and return their ids; then others may start."""
    orphans = [run_id for run_id in _started(instance) if _gone(instance, run_id)]
    if not orphans:
        return []
    time.sleep(_SETTLED_S)
    return [run_id for run_id in orphans if _gone(instance, run_id) and _ended(instance, run_id)]


@sensor(minimum_interval_seconds=10, default_status=DefaultSensorStatus.RUNNING)
def orphaned_runs(context: SensorEvaluationContext) -> SkipReason:
    """Ends the runs whose process is gone: where one run is allowed at a time, they would hold up all others."""
    ended = end_orphans(context.instance)
    return SkipReason(f"ended {', '.join(ended)}" if ended else "every started run has its process")


def forget_old(instance: DagsterInstance, kept: int) -> int:
    """Delete all finished runs but the newest, with their logs, and return how many were deleted."""
    old = instance.get_run_records(RunsFilter(statuses=_FINISHED))[kept:]
    for run_id in (record.dagster_run.run_id for record in old):
        instance.delete_run(run_id)
        instance.compute_log_manager.delete_logs(prefix=[run_id])
        # The run's events are deleted, and its database would stay, empty and as large as before.
        (Path(instance.root_directory) / "history" / "runs" / f"{run_id}.db").unlink(missing_ok=True)
    return len(old)


def _started(instance: DagsterInstance) -> list[str]:
    records = instance.get_run_records(RunsFilter(statuses=[DagsterRunStatus.STARTED]))
    return [record.dagster_run.run_id for record in records if _has_begun(instance, record)]


def _has_begun(instance: DagsterInstance, record: RunRecord) -> bool:
    """Whether it has executed, or would have by now."""
    told = _sign(instance, record.dagster_run.run_id).exists()
    return told or time.time() - (record.start_time or 0) > _STARTING_S


def _gone(instance: DagsterInstance, run_id: str) -> bool:
    try:
        with _sign(instance, run_id).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return True
    except BlockingIOError:
        return False
    return True


def _ended(instance: DagsterInstance, run_id: str) -> bool:
    """Mark a run as failed, unless it has come to its end by itself."""
    run = instance.get_run_by_id(run_id)
    if run is None or run.is_finished:
        return False
    instance.report_run_failed(run, "Its process is gone, killed or out of memory: the cycle goes on in another run.")
    _sign(instance, run_id).unlink(missing_ok=True)
    return True


def _sign(instance: DagsterInstance, run_id: str) -> Path:
    return Path(instance.root_directory) / "executing" / run_id
