"""Runs whose process is killed are ended, those that live are left alone, and old ones are forgotten."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from dagster import (
    DagsterEventType,
    DagsterInstance,
    DagsterRunStatus,
    build_reconstructable_job,
    execute_job,
)

from dagster_project import runs
from tests.commands import REPOSITORY
from tests.dagster_project import two_jobs

pytestmark = pytest.mark.fault
_PATIENCE_S = 240
_EXECUTED = "from tests.dagster_project import test_runs; test_runs.execute('endless_job')"


def execute(name: str) -> None:
    """Run a job in this process, recorded in DAGSTER_HOME."""
    with DagsterInstance.get() as instance:
        execute_job(build_reconstructable_job(two_jobs.__name__, "job", (name,)), instance)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DagsterInstance]:
    """An instance with our settings."""
    shutil.copy(REPOSITORY / "dagster_project" / "dagster.yaml", tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with DagsterInstance.get() as instance:
        yield instance


def test_a_run_whose_process_is_killed_is_ended_and_one_that_lives_is_not(home: DagsterInstance) -> None:
    process = subprocess.Popen([sys.executable, "-c", _EXECUTED], cwd=REPOSITORY)
    _await(lambda: _executing(home))
    assert runs.end_orphans(home) == []
    assert _statuses(home) == {"endless_job": DagsterRunStatus.STARTED}
    process.kill()
    process.wait()
    assert _statuses(home) == {"endless_job": DagsterRunStatus.STARTED}, "Dagster by itself takes it for running"
    (ended,) = runs.end_orphans(home)
    assert _statuses(home) == {"endless_job": DagsterRunStatus.FAILURE}
    (failure,) = home.all_logs(ended, of_type=DagsterEventType.RUN_FAILURE)
    assert "process has died" in str(failure.dagster_event and failure.dagster_event.message)
    assert runs.end_orphans(home) == []


def test_a_run_that_the_orchestrator_left_behind_holds_up_no_other(home: DagsterInstance) -> None:
    wanted = Path(home.root_directory, "wanted")
    wanted.write_text("endless_job")
    with _daemon(home):
        _await(lambda: _executing(home))
    assert _statuses(home) == {"endless_job": DagsterRunStatus.STARTED}, "killed with all its processes in mid-run"
    wanted.write_text("quick_job")
    with _daemon(home):
        _await(lambda: _statuses(home).get("quick_job") == DagsterRunStatus.SUCCESS)


def test_only_the_newest_runs_are_kept(home: DagsterInstance) -> None:
    for _ in range(3):
        execute("quick_job")
    newest = home.get_run_records()[0].dagster_run.run_id
    assert runs.delete_old(home, kept=1) == 2
    assert [record.dagster_run.run_id for record in home.get_run_records()] == [newest]
    databases = {path.stem for path in Path(home.root_directory, "history", "runs").glob("*.db")}
    assert databases == {newest, "index"}
    assert home.get_latest_materialization_event(two_jobs.quick.key) is not None


@contextmanager
def _daemon(home: DagsterInstance) -> Iterator[None]:
    """A real daemon; in the end, it and all its processes are killed."""
    command = [str(Path(sys.executable).with_name("dagster-daemon")), "run", "-m", two_jobs.__name__]
    with Path(home.root_directory, "daemon.log").open("a") as log:
        daemon = subprocess.Popen(command, cwd=REPOSITORY, stdout=log, stderr=log, start_new_session=True)
    try:
        yield
    finally:
        family = [*psutil.Process(daemon.pid).children(recursive=True), psutil.Process(daemon.pid)]
        for each in family:
            os.kill(each.pid, signal.SIGKILL)
        daemon.wait()
        psutil.wait_procs(family)


def _executing(home: DagsterInstance) -> bool:
    return any(Path(home.root_directory, "executing").glob("*"))


def _statuses(home: DagsterInstance) -> dict[str, DagsterRunStatus]:
    """Job → how its only run fares, or its first and those that were made of it again."""
    return {record.dagster_run.job_name: record.dagster_run.status for record in home.get_run_records()}


def _await(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)
