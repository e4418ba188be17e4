"""Steps of a run side by side in one process."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from dagster import (
    AssetsDefinition,
    DagsterInstance,
    Definitions,
    JobDefinition,
    RetryPolicy,
    asset,
    build_reconstructable_job,
    define_asset_job,
    execute_job,
)

from dagster_project.executor import side_by_side
from tests.commands import REPOSITORY

_PATIENCE_S = 20
_met = threading.Barrier(2)
_tries: list[str] = []
_made: list[str] = []
_seen: list[int] = []


def _asset(name: str, body: Callable[[], None], *deps: str, retries: int = 0) -> AssetsDefinition:
    @asset(name=name, deps=list(deps), retry_policy=RetryPolicy(max_retries=retries) if retries else None)
    def made() -> None:
        body()
        _made.append(name)

    return made


def _meet() -> None:
    _met.wait(_PATIENCE_S)


def _fail() -> None:
    raise RuntimeError("as it should")


def _fail_once() -> None:
    _tries.append("once")
    if len(_tries) == 1:
        raise RuntimeError("the first time only")


def _end_the_run() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    threading.Event().wait()


def _nothing() -> None:
    pass


def _look_around() -> None:
    time.sleep(0.1)
    _seen.append(sum(thread.name in ("one", "another") for thread in threading.enumerate()))


_JOBS = {
    "meeting": [_asset("left", _meet), _asset("right", _meet), _asset("both", _nothing, "left", "right")],
    "crowd": [_asset("one", _look_around), _asset("another", _look_around)],
    "failing": [_asset("bad", _fail), _asset("after_bad", _nothing, "bad"), _asset("good", _nothing)],
    "retried": [_asset("shaky", _fail_once, retries=1), _asset("after_shaky", _nothing, "shaky")],
    "ended": [_asset("endless", _end_the_run), _asset("after_endless", _nothing, "endless")],
}


def job(name: str) -> JobDefinition:
    definitions = Definitions(assets=_JOBS[name], jobs=[define_asset_job(name, executor_def=side_by_side)])
    return definitions.resolve_job_def(name)


@pytest.fixture(autouse=True)
def _anew() -> None:
    _made.clear()
    _tries.clear()
    _seen.clear()


def _run(name: str, **more: Any) -> bool:
    with DagsterInstance.ephemeral() as instance:
        return execute_job(build_reconstructable_job(__name__, "job", (name,)), instance, **more).success


def test_steps_that_wait_for_no_other_run_at_once() -> None:
    assert _run("meeting")
    assert _made[-1] == "both"


def test_one_at_a_time_where_that_is_asked_for() -> None:
    assert _run("crowd", run_config={"execution": {"config": {"at_once": 1}}})
    assert max(_seen) == 1


def test_what_follows_a_failed_step_is_left_out_and_all_else_is_made() -> None:
    assert not _run("failing")
    assert _made == ["good"]


def test_a_step_is_tried_again_as_its_policy_says() -> None:
    assert _run("retried")
    assert len(_tries) == 2
    assert _made == ["shaky", "after_shaky"]


def test_a_run_that_is_told_to_end_waits_for_no_step() -> None:
    assert not _run("ended")
    assert _made == []


def test_what_breaks_other_threads_while_it_loads_is_loaded_before_there_are_any() -> None:
    asked = "import sys, dagster_project.executor; sys.exit('sqlalchemy.orm' not in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], cwd=REPOSITORY, check=False).returncode == 0
