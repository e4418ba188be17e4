"""The embedded broker: one Kafka node in one folder, started, stopped and found again by its pid file."""

import fcntl
import shutil
import socket
import subprocess
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

import psutil
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from streaming.broker.folder import BrokerFolder
from streaming.errors import BrokerError
from streaming.settings import external_bootstrap, jars_root, java_command

# One laptop's broker: code that is compiled once and lightly starts in half the time, and the client, not the
# broker, is what limits the rate.
_JVM = ("-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError")


@dataclass(frozen=True)
class BrokerStatus:
    """Whether a folder's broker runs, as which process, and where (None before its first start)."""

    folder: Path
    running: bool
    pid: int | None
    bootstrap: str | None


class EmbeddedBroker:
    """A single-node Kafka (KRaft) on 127.0.0.1, with its data, logs and port in `folder`.

    Two objects on one folder are the same broker, two folders are two brokers. As a context manager it runs
    inside the block and is stopped at its end. It lives in a session of its own: a Ctrl-C in the caller's
    terminal does not reach it, so the caller can finish writing and then stop it.
    """

    def __init__(self, folder: Path) -> None:
        """Name the folder of a broker; starts and writes nothing."""
        self._files = BrokerFolder(folder.resolve())

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients; the same from the first start on.

        Raises:
            BrokerError: it has never been started.
        """
        address = self._files.bootstrap
        if address is None:
            raise BrokerError(
                f"no broker has been started in {self._files.path}: `cineloop broker start` with its --state"
            )
        return address

    def start(self, timeout_s: float = 120, keep: bool = True) -> Self:
        """Start Kafka in the folder, unless it runs there already, and wait until it answers.

        Args:
            keep: it is `kept` until it is stopped.

        Raises:
            BrokerError: no jars, no Java, or no answer within `timeout_s`; it names the cure.
        """
        with self._start_lock():
            # One that was killed a moment ago may still be there, and be gone before it answers.
            if self._running_process() is None or not self._wait_for_answer(timeout_s):
                self._launch_and_wait(timeout_s)
            if keep:
                self._files.kept_file.write_text(self._files.pid_file.read_text())
        return self

    def stop(self, timeout_s: float = 20) -> None:
        """Stop the broker: ask it to end, kill it after `timeout_s`; nothing happens where none runs."""
        process = self._running_process()
        if process is not None:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
                _terminate_or_kill(process, timeout_s)
        self._files.pid_file.unlink(missing_ok=True)

    def kill(self) -> None:
        """Kill the broker, as a crash would: its pid file stays."""
        process = self._running_process()
        if process is not None:
            _terminate_or_kill(process, 0)

    def revive(self) -> Self:
        """Start it after it `died`: as before, to be `kept` or not. Errors as of `start`."""
        return self.start(keep=self.kept)

    @property
    def kept(self) -> bool:
        """Read from the folder whether the process started last is to run on when those who share it leave."""
        with suppress(FileNotFoundError):
            return self._files.kept_file.read_text() == self._files.pid_file.read_text()
        return False

    @property
    def died(self) -> bool:
        """Whether it has ended, and nobody has stopped it."""
        return self._files.pid_file.exists() and self._running_process() is None

    def status(self) -> BrokerStatus:
        """Whether the broker runs and where, from its pid file and the process table."""
        process = self._running_process()
        pid = process.pid if process else None
        return BrokerStatus(self._files.path, process is not None, pid, self._files.bootstrap)

    def __enter__(self) -> Self:
        """Start the broker."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the broker."""
        self.stop()

    def _running_process(self) -> psutil.Process | None:
        """The running broker by the folder's pid file; None where that is stale or another program's."""
        try:
            process = psutil.Process(int(self._files.pid_file.read_text()))
            settings = str(self._files.server_settings)
            # A process that is just being started has no command line yet.
            ours = settings in (process.cmdline() or [settings])
            alive = process.status() != psutil.STATUS_ZOMBIE
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
            return None
        return process if ours and alive else None

    @contextmanager
    def _start_lock(self) -> Iterator[None]:
        """Hold the folder's lock file for the block, so that two starts come one after the other."""
        self._files.path.mkdir(parents=True, exist_ok=True)
        with self._files.lock_file.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _launch_and_wait(self, timeout_s: float) -> None:
        """Write the settings, lay out the storage at first use, start Kafka and wait; stop it on failure."""
        jars = _checked_jars(jars_root() / "kafka")
        self._files.prepare()
        if not self._files.formatted:
            self._format_storage(jars)
        try:
            self._spawn_kafka(jars)
            if self._wait_for_answer(timeout_s):
                return
            failure = self._failure_with_logs("the broker ended while starting")
        except BaseException:  # a Ctrl-C too must not leave half a broker behind
            self.stop()
            raise
        self.stop()
        if not self._files.drop_taken_port():
            raise failure
        self._launch_and_wait(timeout_s)  # a copy of this folder, with the same port kept, was faster

    def _format_storage(self, jars: Path) -> None:
        """Lay out the storage with a new cluster id, by a process of Kafka; raise BrokerError if it fails."""
        # The = keeps a name that happens to begin with a dash from being read as an option.
        cluster = "--cluster-id=" + urlsafe_b64encode(uuid4().bytes)[:22].decode()
        config = ("--config", str(self._files.server_settings))
        command = self._java_command(jars, "kafka.tools.StorageTool", "format", "--ignore-formatted", cluster, *config)
        with self._files.jvm_log.open("ab") as log:
            done = subprocess.run(command, stdout=log, stderr=log, check=False)
        if done.returncode != 0:
            raise self._failure_with_logs(f"Kafka could not lay out its storage (exit code {done.returncode})")

    def _spawn_kafka(self, jars: Path) -> None:
        """Start Kafka in a session of its own and write its pid file."""
        command = self._java_command(jars, "kafka.Kafka", str(self._files.server_settings))
        with self._files.jvm_log.open("ab") as log:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self._files.pid_file.write_text(f"{child.pid}\n")

    def _java_command(self, jars: Path, *arguments: str) -> list[str]:
        logging = f"-Dlog4j2.configurationFile={self._files.log_settings.as_uri()}"
        return [_checked_java(), *_JVM, logging, "-cp", f"{jars}/*", *arguments]

    def _wait_for_answer(self, timeout_s: float) -> bool:
        """Wait until this process answers clients; False if it ended first, BrokerError after `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        while not (self._has_port() and _is_reachable(self.bootstrap)):
            if self._running_process() is None:
                return False
            if time.monotonic() > deadline:
                raise self._failure_with_logs(f"the broker gave no answer at {self.bootstrap} within {timeout_s:g} s")
            time.sleep(0.05)
        return True

    def _has_port(self) -> bool:
        """Whether this folder's process listens on the port: that of a copied folder may be faster."""
        process, port = self._running_process(), int(self.bootstrap.rpartition(":")[2])
        with suppress(psutil.Error):
            sockets = process.net_connections("tcp") if process else []
            return any(each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in sockets)
        return False

    def _failure_with_logs(self, seen: str) -> BrokerError:
        """The error to raise, with the end of both logs."""
        return BrokerError(
            f"{seen}; its logs end with\n{self._files.log_tail()}\n"
            f"The logs are in {self._files.path / 'logs'}; `cineloop doctor` checks what a start needs."
        )


@contextmanager
def shared_broker(folder: Path) -> Iterator[EmbeddedBroker]:
    """Start the folder's broker unless it runs, for the block; the last to leave stops it if nobody else started it.

    A kernel lock counts who is there: one that is killed counts no longer.

    Raises:
        BrokerError: it cannot be started; see `EmbeddedBroker.start`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "users").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)  # waits for one that is just stopping it
        broker = EmbeddedBroker(folder)
        try:
            yield broker.start(keep=False)
        finally:
            if _try_exclusive_lock(users.fileno()) and not broker.kept:
                broker.stop()


def _try_exclusive_lock(users: int) -> bool:
    """Lock an open file for this process alone; False if others hold it."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def resolve_bootstrap(state: Path) -> str:
    """Kafka's address: `CINELOOP_BOOTSTRAP` if set, else read from the folder of this state's embedded broker.

    Raises:
        BrokerError: neither; it names the command that starts the broker.
    """
    outside = external_bootstrap()
    if outside:
        return outside
    status = EmbeddedBroker(state / "broker").status()
    if not status.running or status.bootstrap is None:
        raise BrokerError(
            f"no broker runs in {status.folder}: `cineloop broker start --state {state}`, "
            "or set CINELOOP_BOOTSTRAP to a running Kafka"
        )
    return status.bootstrap


def _checked_jars(folder: Path) -> Path:
    """The folder itself; raises BrokerError if it lacks Kafka."""
    found = len(list(folder.glob("*.jar")))
    if not list(folder.glob("kafka_*.jar")):
        raise BrokerError(f"{folder} holds {found} jars, and Kafka's is not among them: run `make setup`")
    return folder


def _checked_java() -> str:
    """The Java command; raises BrokerError if there is none."""
    java = java_command()
    if shutil.which(java) is None:
        raise BrokerError(f"no Java at {java!r}: run `make setup`, or set JAVA_HOME to a Java 17 or newer")
    return java


def _is_reachable(bootstrap: str) -> bool:
    """Ask the broker over the network whether it is part of a cluster."""
    host, port = bootstrap.split(":")
    try:
        # The client retries and logs on its own; asking the port first keeps it silent.
        socket.create_connection((host, int(port)), timeout=1).close()
        client = KafkaAdminClient(bootstrap_servers=bootstrap, bootstrap_timeout_ms=2_000)
    except (OSError, KafkaError):
        return False
    with closing(client):
        return _reports_brokers(client)


def _reports_brokers(client: KafkaAdminClient) -> bool:
    try:
        return any(not broker["is_fenced"] for broker in client.describe_cluster()["brokers"])
    except KafkaError:
        return False


def _terminate_or_kill(process: psutil.Process, timeout_s: float) -> None:
    """Send the signal to end, wait, and kill the process after `timeout_s`."""
    if not _wait_for_end(process, timeout_s):
        process.kill()
        _wait_for_end(process, float("inf"))


def _wait_for_end(process: psutil.Process, timeout_s: float) -> bool:
    """Wait for a process to end; False after `timeout_s`. A zombie counts as ended."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        with suppress(psutil.TimeoutExpired):
            process.wait(0.05)
            return True
        with suppress(psutil.NoSuchProcess):
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
    return False
