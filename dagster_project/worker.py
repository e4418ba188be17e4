"""Runs jobs one after the other in one process, so that the second finds Spark warm.

A line with a job's name on standard input starts it; a line of JSON on standard output says how it went. It ends
with its input. `DAGSTER_HOME` says where runs are recorded: the web page shows them like any other.
"""

import json
import signal
import sys
import threading
import time
from contextlib import suppress
from typing import IO, Any

from dagster import AssetKey, DagsterInstance, JobExecutionResult, build_reconstructable_job, execute_job

from dagster_project.definitions import job_named
from dagster_project.resources import Loop
from dagster_project.runs import end_orphans
from dagster_project.selection import left_out
from pipelines.cycle import ingest
from pipelines.lake import expectations
from pipelines.platform import lock
from pipelines.platform.state import State


def serve(lines: IO[str], answers: IO[str]) -> None:
    """Run the jobs that `lines` name, and answer each."""
    state = State.of_environment()
    threading.Thread(target=_warm, args=(Loop(state=str(state.root)),), daemon=True).start()
    with DagsterInstance.get() as instance:
        end_orphans(instance)
        for line in lines:
            print(
                json.dumps(_run(line.strip(), instance, Loop(state=str(state.root)))),
                file=answers,
                flush=True,
            )
            lock.release(state)


def _warm(loop: Loop) -> None:
    """Start Spark and load what the first cycle needs, while the broker starts and the first window is being sent.

    What fails here fails again where it is needed, and is told there.
    """
    with suppress(Exception):
        _ = loop.context.spark  # starts it
        expectations.load_library()


def _run(job: str, instance: DagsterInstance, loop: Loop) -> dict[str, Any]:
    definition = job_named(job)
    skipped = left_out(ingest.silent(loop.context))
    chosen = set(definition.asset_layer.executable_asset_keys) - {AssetKey(asset) for asset in skipped}
    began = time.monotonic()
    result = execute_job(
        build_reconstructable_job("dagster_project.definitions", "job_named", (job,)),
        instance=instance,
        asset_selection=sorted(chosen),
        tags={f"skipped/{asset}": reason for asset, reason in skipped.items()},
    )
    if result.success:
        loop.context.ledger.note(loop.cycle, run_seconds=round(time.monotonic() - began, 3))
    return {
        "job": job,
        "run": result.run_id,
        "success": result.success,
        "skipped": skipped,
        "error": _error(result),
    }


def _error(result: JobExecutionResult) -> str | None:
    """The first failure: the innermost cause, which is ours to word."""
    failures = [event for event in result.all_events if event.is_failure and event.is_step_event]
    for failure in failures:
        error = failure.step_failure_data.error
        while error and error.cause:
            error = error.cause
        if error:
            return f"{failure.step_key}: {error.message.strip()}"
    broken = [e for e in result.get_asset_check_evaluations() if not e.passed]
    return f"{broken[0].asset_key.to_user_string()}: check {broken[0].check_name} failed" if broken else None


if __name__ == "__main__":
    # The parent's Ctrl-C reaches the whole terminal; it is the parent that says when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(sys.stdin, sys.stdout)
