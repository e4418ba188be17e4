"""Runs jobs one after the other in one process, so that each but the first finds a warm Spark session.

Protocol: a line with a job's name on standard input starts it; a line of JSON on standard output is its result. The
process ends with its input. Runs are recorded in `DAGSTER_HOME`, so the web page shows them like any other.
"""

import ctypes
import gc
import json
import signal
import sys
import threading
import time
from contextlib import suppress
from typing import IO, Any

import sqlalchemy.orm  # noqa: F401  before the warm-up thread imports it: half loaded, it breaks Dagster's queries
from dagster import DagsterInstance, JobExecutionResult, build_reconstructable_job, execute_job

from dagster_project.definitions import job_named
from dagster_project.resources import Loop
from dagster_project.runs import end_orphans
from dagster_project.staged import selected_assets, skipped_assets, skipped_tags
from pipelines.cycle import ingest
from pipelines.lake import expectations
from pipelines.platform import lock
from pipelines.platform.state import State


def serve(requests: IO[str], results: IO[str]) -> None:
    """Run the jobs that the lines of `requests` name, and write a result for each."""
    state = State.of_environment()
    loop = Loop(state=str(state.root))
    threading.Thread(target=_warm_up, args=(loop,), daemon=True).start()
    with DagsterInstance.get() as instance:
        end_orphans(instance)
        for line in requests:
            print(json.dumps(_run_job(line.strip(), instance, loop)), file=results, flush=True)
            lock.release(state)
            _return_freed_memory()


def _return_freed_memory() -> None:
    """Give the memory that the job has freed back to the system, where the C library can: GNU's malloc_trim(3)."""
    gc.collect()
    with suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _warm_up(loop: Loop) -> None:
    """Start Spark and load slow libraries while the broker starts and the first events are sent.

    An error here is ignored: it occurs again, and is reported, where the part is needed.
    """
    with suppress(Exception):
        _ = loop.context.spark  # starts it
        expectations.load_library()


def _run_job(job: str, instance: DagsterInstance, loop: Loop) -> dict[str, Any]:
    """Run a job without the assets of silent topics; note its seconds in the ledger; return its result."""
    skipped = skipped_assets(ingest.silent(loop.context))
    began = time.monotonic()
    result = execute_job(
        build_reconstructable_job("dagster_project.definitions", "job_named", (job,)),
        instance=instance,
        asset_selection=selected_assets(job_named(job), skipped),
        tags=skipped_tags(skipped),
    )
    if result.success:
        loop.context.ledger.note(loop.cycle, run_seconds=round(time.monotonic() - began, 3))
    return {
        "job": job,
        "run": result.run_id,
        "success": result.success,
        "skipped": skipped,
        "error": _error_message(result),
    }


def _error_message(result: JobExecutionResult) -> str | None:
    """The message of the first failed step's root cause, or the first failed check; None if neither."""
    failures = [event for event in result.all_events if event.is_failure and event.is_step_event]
    for failure in failures:
        error = failure.step_failure_data.error
        while error and error.cause:
            error = error.cause
        if error:
            return f"{failure.step_key}: {error.message.strip()}"
    failed = [check for check in result.get_asset_check_evaluations() if not check.passed]
    return f"{failed[0].asset_key.to_user_string()}: check {failed[0].check_name} failed" if failed else None


if __name__ == "__main__":
    # Ctrl-C reaches every process of the terminal; the parent process decides when this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(sys.stdin, sys.stdout)
