"""The processes of a run: broker, job worker, Dagster's web page and daemon. Who starts one also ends it."""

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

import psutil

from pipelines.platform import state_source
from pipelines.platform.errors import CycleFailed, WorkerDied
from pipelines.platform.state import State
from pipelines.platform.supervision import Report, Supervisor
from streaming.broker.node import EmbeddedBroker, shared_broker
from streaming.kafka.admin import ensure_topics
from streaming.settings import REPOSITORY, external_bootstrap

WEB_HOST, WEB_PORT = "127.0.0.1", 3000
_WEB_SERVER, _DAEMON = "dagster-webserver", "dagster-daemon"
_GRACE_S = 20
_DAGSTER_SETTINGS = REPOSITORY / "dagster_project" / "dagster.yaml"


@contextmanager
def broker(state: State) -> Iterator[str]:
    """Yield Kafka's address: `CINELOOP_BOOTSTRAP`'s, or the embedded broker's, started for the block; topics are made.

    A broker started by `cineloop broker start`, or used by another process, keeps running afterwards.
    """
    outside = external_bootstrap()
    if outside:
        ensure_topics(outside)
        yield outside
        return
    with shared_broker(state.broker) as embedded:
        ensure_topics(embedded.bootstrap)
        yield embedded.bootstrap


def supervised_broker(state: State, report: Report) -> Supervisor:
    """Restarts the state folder's embedded broker when it dies; does nothing for a cluster of `CINELOOP_BOOTSTRAP`."""
    embedded = EmbeddedBroker(state.broker)
    return Supervisor(
        "the Kafka broker", lambda: external_bootstrap() is None and embedded.died, embedded.revive, report
    )


class Worker:
    """The process that runs Dagster jobs with one warm Spark session: `dagster_project.worker`."""

    def __init__(self, state: State) -> None:
        """Start the process."""
        self._state = state
        self._process = self._spawn_worker()

    def replace(self) -> None:
        """End the process and start another."""
        self.close()
        self._process = self._spawn_worker()

    def close(self) -> None:
        """End the process and all that it started."""
        if self._process.stdin:
            self._process.stdin.close()
        _end_session(self._process)

    def start(self, job: str) -> None:
        """Send a job to the process; `done` tells when it has ended, `result` how."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # the process has died: `result` raises
            self._process.stdin.write(f"{job}\n")
            self._process.stdin.flush()

    def done(self, seconds: float) -> bool:
        """Whether the job has ended, after a wait of at most so many seconds."""
        assert self._process.stdout is not None
        return bool(select.select([self._process.stdout], [], [], seconds)[0])

    def result(self) -> dict[str, Any]:
        """Wait for the job's end and return its result.

        Raises:
            CycleFailed: the run failed.
            WorkerDied: the process died.
        """
        assert self._process.stdout is not None
        log = _log_file(self._state, "worker")
        answer = self._process.stdout.readline()
        if not answer:
            raise WorkerDied(f"the job's process died (exit code {self._process.wait()}); its log is {log}")
        result: dict[str, Any] = json.loads(answer)
        if not result["success"]:
            raise CycleFailed(f"{result['error']}\nThe run {result['run']} is on the Dagster page; its log is {log}")
        return result

    def _spawn_worker(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "dagster_project.worker"]
        return _spawn(self._state, "worker", command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


@contextmanager
def web_page(state: State, port: int = WEB_PORT, report: Report = print) -> Iterator[str]:
    """Run Dagster's web page for the block; yield its address.

    Raises:
        CycleFailed: another process listens on the port.
    """
    _end_orphan(state, _WEB_SERVER)
    _refuse_taken_port(WEB_HOST, port)
    with _run_dagster(state, report, _WEB_SERVER, "-h", WEB_HOST, "-p", str(port)):
        yield f"http://{WEB_HOST}:{port}"


@contextmanager
def daemon(state: State, report: Report = print) -> Iterator[None]:
    """Run Dagster's daemon, which runs sensors and schedules, for the block."""
    _end_orphan(state, _DAEMON)
    with _run_dagster(state, report, _DAEMON, "run"):
        yield


@contextmanager
def _run_dagster(state: State, report: Report, program: str, *arguments: str) -> Iterator[None]:
    """Run one of Dagster's programs for the block, restart it when it dies; end it and what it started afterwards."""
    command = [str(Path(sys.executable).with_name(program)), *arguments, "-m", "dagster_project.definitions"]
    started: list[subprocess.Popen[str]] = []

    def start_program() -> None:
        """Start the program and write its pid file."""
        started.append(_spawn(state, program, command, cwd=state.root))
        _pid_file(state, program).write_text(f"{started[-1].pid} {os.getpid()}")

    start_program()
    try:
        with Supervisor(program, lambda: started[-1].poll() is not None, start_program, report):
            yield
    finally:
        for process in started:
            _end_session(process)
        _pid_file(state, program).unlink(missing_ok=True)


def _end_orphan(state: State, program: str) -> None:
    """End the program that a killed `cineloop run` of this state folder left behind: it has lost its parent."""
    with suppress(FileNotFoundError, ValueError, psutil.Error):
        pid, parent = map(int, _pid_file(state, program).read_text().split())
        process = psutil.Process(pid)
        if process.environ().get("CINELOOP_STATE") == str(state.root) and process.ppid() != parent:
            _end_session(process)


def _pid_file(state: State, program: str) -> Path:
    return state.dagster / f"{program}.pid"


def _spawn(state: State, name: str, command: list[str], **options: Any) -> subprocess.Popen[str]:
    """Start a process in a session of its own, with its output in the log of that name."""
    with _log_file(state, name).open("a") as log:
        streams = {"stdout": log, "stderr": log, **options}
        return subprocess.Popen(command, text=True, env=_child_environment(state), start_new_session=True, **streams)


def _child_environment(state: State) -> dict[str, str]:
    """The environment of child processes: the state folder, Dagster's home, and how Spark evaluates queries."""
    state.dagster.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_DAGSTER_SETTINGS, state.dagster / _DAGSTER_SETTINGS.name)
    ours = {
        "CINELOOP_STATE": str(state.root),
        "DAGSTER_HOME": str(state.dagster),
        "DAGSTER_DISABLE_TELEMETRY": "yes",
    }
    source = state_source.read(state)
    queries = {"CINELOOP_QUERIES": "interpreted"} if source and source.kind == "audience" else {}  # faster on few rows
    # One thread: the last digits of a sum over several depend on how busy the machine is. Two arenas: of
    # glibc's eight a core each keeps what its threads have freed, so that Python and Java grow with every cycle.
    ordinary = {"OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
    return {**ordinary, **queries, **os.environ, **ours}


def _log_file(state: State, name: str) -> Path:
    """The log of that name, whose folder is made."""
    folder = state.root / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.log"


def _end_session(process: subprocess.Popen[str] | psutil.Process) -> None:
    """End a process and its whole session, by force after a grace period."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, subprocess.TimeoutExpired, psutil.TimeoutExpired):
            os.killpg(process.pid, number)
            process.wait(_GRACE_S)
    process.wait()


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        if probe.connect_ex((host, port)) == 0:
            raise CycleFailed(f"another process listens on {host}:{port}: stop it, or the other `cineloop run`")
