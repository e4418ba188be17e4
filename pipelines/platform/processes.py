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
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from jobs.settings import REPOSITORY
from pipelines.platform import state_source
from pipelines.platform.errors import CycleFailed, WorkerDied
from pipelines.platform.state import State
from pipelines.platform.supervision import Say, Supervised, supervised
from streaming.broker.node import EmbeddedBroker
from streaming.broker.share import shared_broker
from streaming.kafka.admin import ensure_topics
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


@contextmanager
def watched_broker(state: State, say: Say) -> Iterator[Supervised]:
    """Start the state folder's embedded broker again whenever it dies, for as long as the block lasts.

    There is nothing to look after where `CINELOOP_BOOTSTRAP` names a cluster of somebody's own.
    """
    embedded = EmbeddedBroker(state.broker)
    died = (lambda: False) if external_bootstrap() else (lambda: embedded.died)
    with supervised("the Kafka broker", died, embedded.revive, say) as watched:
        yield watched


class Worker:
    """The process that runs Dagster jobs with one warm Spark session; `dagster_project.worker` is its other half."""

    def __init__(self, state: State) -> None:
        """Start the process."""
        self._state = state
        self._log = _log(state, "worker")
        self._process = self._started()

    def _started(self) -> subprocess.Popen[str]:
        with self._log.open("a") as sink:
            return subprocess.Popen(
                [sys.executable, "-m", "dagster_project.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=sink,
                text=True,
                env=_environment(self._state),
                start_new_session=True,
            )

    def replace(self) -> None:
        """End the process and start another."""
        self.end()
        self._process = self._started()

    def end(self) -> None:
        """End the process, and all that it started."""
        _end(self._process)

    def start(self, job: str) -> None:
        """Ask for a job; `done` tells when it has ended, `result` how."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it has died: `result` says so
            self._process.stdin.write(f"{job}\n")
            self._process.stdin.flush()

    def done(self, seconds: float) -> bool:
        """Whether the job has ended, after a wait of at most so many seconds."""
        assert self._process.stdout is not None
        return bool(select.select([self._process.stdout], [], [], seconds)[0])

    def result(self) -> dict[str, Any]:
        """Wait for the job's end and return what it says of itself.

        Raises:
            CycleFailed: the run failed.
            WorkerDied: the process died.
        """
        assert self._process.stdout is not None
        answer = self._process.stdout.readline()
        if not answer:
            raise WorkerDied(f"the job's process died (exit {self._process.wait()}): its last words are in {self._log}")
        result: dict[str, Any] = json.loads(answer)
        if not result["success"]:
            raise CycleFailed(
                f"{result['error']}\nThe run {result['run']} is on the Dagster page; its log is {self._log}"
            )
        return result


@contextmanager
def worker(state: State) -> Iterator[Worker]:
    """A job worker for as long as the block lasts."""
    started = Worker(state)
    try:
        yield started
    finally:
        started.end()


@contextmanager
def web_page(state: State, port: int = WEB_PORT, say: Say = print) -> Iterator[str]:
    """The Dagster web page for as long as the block lasts; its address."""
    _refuse_if_taken(WEB_HOST, port)
    with _dagster(state, say, "dagster-webserver", "-h", WEB_HOST, "-p", str(port)):
        yield f"http://{WEB_HOST}:{port}"


@contextmanager
def daemon(state: State, say: Say = print) -> Iterator[None]:
    """The Dagster daemon, which runs sensors and schedules, for as long as the block lasts."""
    with _dagster(state, say, "dagster-daemon", "run"):
        yield


@contextmanager
def _dagster(state: State, say: Say, program: str, *arguments: str) -> Iterator[None]:
    """One of Dagster's programs, started again when it dies. A run of its goes on without it, and is ended with us."""
    command = [str(Path(sys.executable).with_name(program)), *arguments, "-m", "dagster_project.definitions"]
    started: list[subprocess.Popen[str]] = []

    def start() -> None:
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
        started.append(process)

    start()
    try:
        with supervised(program, lambda: started[-1].poll() is not None, start, say):
            yield
    finally:
        for process in started:
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
    known = state_source.read(state)
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
