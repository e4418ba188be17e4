"""The processes of a run: the broker, the job worker, the web page and the daemon. Whoever starts them ends them."""

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jobs.settings import REPOSITORY
from pipelines import source
from pipelines.errors import CycleFailed
from pipelines.state import State
from streaming.admin import ensure_topics
from streaming.broker_share import shared_broker
from streaming.settings import external_bootstrap

WEB_HOST, WEB_PORT = "127.0.0.1", 3000
_GRACE_S = 20
_INSTANCE = REPOSITORY / "dagster_project" / "dagster.yaml"


@contextmanager
def broker(state: State) -> Iterator[str]:
    """Kafka's address: the cluster of `CINELOOP_BOOTSTRAP`, or the embedded broker for as long as the block lasts.

    One that `cineloop broker start` started, or that another process is using, goes on running after.
    """
    outside = external_bootstrap()
    if outside:
        ensure_topics(outside)
        yield outside
        return
    with shared_broker(state.broker) as embedded:
        ensure_topics(embedded.bootstrap)
        yield embedded.bootstrap


class Worker:
    """The process that runs Dagster jobs with one warm Spark session; `dagster_project.worker` is its other half."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process = process
        self._log = log

    def start(self, job: str) -> None:
        """Ask for a job; `done` tells when it has ended, `result` how."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{job}\n")
        self._process.stdin.flush()

    def done(self, seconds: float) -> bool:
        """Whether the job has ended, after a wait of at most so many seconds."""
        assert self._process.stdout is not None
        return bool(select.select([self._process.stdout], [], [], seconds)[0])

    def result(self) -> dict[str, Any]:
        """Wait for the job's end and return what it says of itself.

        Raises:
            CycleFailed: the run failed, or the process died.
        """
        assert self._process.stdout is not None
        answer = self._process.stdout.readline()
        if not answer:
            raise CycleFailed(
                f"the job's process died (exit {self._process.wait()}): its last words are in {self._log}"
            )
        result: dict[str, Any] = json.loads(answer)
        if not result["success"]:
            raise CycleFailed(
                f"{result['error']}\nThe run {result['run']} is on the Dagster page; its log is {self._log}"
            )
        return result


@contextmanager
def worker(state: State) -> Iterator[Worker]:
    """A job worker for as long as the block lasts."""
    log = _log(state, "worker")
    with log.open("a") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "dagster_project.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=sink,
            text=True,
            env=_environment(state),
            start_new_session=True,
        )
        try:
            yield Worker(process, log)
        finally:
            _end(process)


@contextmanager
def web_page(state: State, port: int = WEB_PORT) -> Iterator[str]:
    """The Dagster web page for as long as the block lasts; its address."""
    _refuse_if_taken(WEB_HOST, port)
    with _dagster(state, "dagster-webserver", "-h", WEB_HOST, "-p", str(port)):
        yield f"http://{WEB_HOST}:{port}"


@contextmanager
def daemon(state: State) -> Iterator[None]:
    """The Dagster daemon, which runs sensors and schedules, for as long as the block lasts."""
    with _dagster(state, "dagster-daemon", "run"):
        yield


@contextmanager
def _dagster(state: State, program: str, *arguments: str) -> Iterator[None]:
    command = [str(Path(sys.executable).with_name(program)), *arguments, "-m", "dagster_project.definitions"]
    with _log(state, program).open("a") as sink:
        process = subprocess.Popen(
            command,
            stdout=sink,
            stderr=sink,
            text=True,
            env=_environment(state),
            cwd=state.root,
            start_new_session=True,
        )
    try:
        yield
    finally:
        _end(process)


def _environment(state: State) -> dict[str, str]:
    """What child processes are told: which state folder, where Dagster keeps its own, and that an audience is small."""
    state.dagster.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_INSTANCE, state.dagster / _INSTANCE.name)
    told = {
        "CINELOOP_STATE": str(state.root),
        "DAGSTER_HOME": str(state.dagster),
        "DAGSTER_DISABLE_TELEMETRY": "yes",
    }
    known = source.read(state)
    small = {"CINELOOP_QUERIES": "interpreted"} if known and known.kind == "audience" else {}
    # Stages have the cores busy beside each other: sums over threads would differ in their last digits with how busy.
    return {"OPENBLAS_NUM_THREADS": "1", **small, **os.environ, **told}


def _log(state: State, name: str) -> Path:
    folder = state.root / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.log"


def _end(process: subprocess.Popen[str]) -> None:
    """End a process and all that it started: they are a session of their own."""
    if process.stdin:
        process.stdin.close()
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
        except ProcessLookupError:
            break
        try:
            process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            continue
    process.wait()


def _refuse_if_taken(host: str, port: int) -> None:
    with socket.socket() as probe:
        if probe.connect_ex((host, port)) == 0:
            raise CycleFailed(f"something listens on {host}:{port} already: stop it, or the other `cineloop run`")
