"""The orchestrator killed with all its processes in mid-cycle: another goes on with the same cycle by itself."""

import os
import signal
from pathlib import Path

import psutil
import pytest
from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from pipelines.platform import processes
from pipelines.platform.state import State
from tests.faults import third_cycle
from tests.faults.conftest import Prover
from tests.faults.equality import equal
from tests.faults.matrix import Fault

pytestmark = [
    *(pytest.mark.fault, pytest.mark.soak, pytest.mark.kafka, pytest.mark.spark),
    pytest.mark.timeout(3600),
]


def test_an_orchestrator_killed_in_mid_cycle(
    turned: Path, undisturbed_third: Path, tmp_path: Path, prove: Prover
) -> None:
    state, told = third_cycle.copy(turned, tmp_path), list[str]()
    with processes.broker(State.at(state)), processes.daemon(State.at(state), told.append):
        third_cycle.until(lambda: "viewer_segment" in third_cycle.record(state)["seconds"])
        killed = _kill(psutil.Process(), "dagster-daemon")
        assert not third_cycle.record(state)["closed"] and _count(state, DagsterRunStatus.STARTED) == 1, "in mid-cycle"
        third_cycle.until(lambda: bool(third_cycle.record(state)["closed"]))
    assert told == ["dagster-daemon has died and is restarted"]
    prove(
        Fault.ORCHESTRATOR,
        injected="SIGKILL of the Dagster daemon, its code server, the run's process and Spark, among the features",
        fired=f"{killed} processes gone, the run still noted as started",
        outcome=equal(state, undisturbed_third),
    )


def test_a_job_worker_killed_in_mid_cycle(turned: Path, undisturbed_third: Path, tmp_path: Path, prove: Prover) -> None:
    state = third_cycle.copy(turned, tmp_path)
    run = third_cycle.started(state)
    third_cycle.until(lambda: "viewer_segment" in third_cycle.record(state)["seconds"], run)
    killed = _kill(psutil.Process(run.pid), "dagster_project.worker")
    assert not third_cycle.record(state)["closed"] and _count(state, DagsterRunStatus.STARTED) == 1, "in mid-cycle"
    third_cycle.until(lambda: bool(third_cycle.record(state)["closed"]), run)
    assert _count(state, DagsterRunStatus.FAILURE) == 1, "the run of the killed process, ended by the next"
    third_cycle.end_once_closed(run, state)
    prove(
        Fault.ORCHESTRATOR,
        injected="SIGKILL of the job worker and Spark under `cineloop run`, among the features",
        fired=f"{killed} processes gone, the run still noted as started",
        outcome=equal(state, undisturbed_third),
    )


def _kill(parent: psutil.Process, name: str) -> int:
    """Kill the child that has a name in its command line, and all below it; how many there were."""
    child = next(each for each in parent.children() if name in " ".join(each.cmdline()))
    family = [child, *child.children(recursive=True)]
    for each in family:
        os.kill(each.pid, signal.SIGKILL)
    return len(family)


def _count(state: Path, status: DagsterRunStatus) -> int:
    """How many runs have that status, as far as Dagster knows."""
    with DagsterInstance.from_config(str(state / "dagster")) as instance:
        return instance.get_runs_count(RunsFilter(statuses=[status]))
