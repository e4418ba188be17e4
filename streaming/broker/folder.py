"""The folder of an embedded broker: settings, port, pid, data and logs.

FOLDER/server.properties  log4j2.properties  port  pid  kept  lock  users
FOLDER/data/              the topics
FOLDER/logs/broker.log    what Kafka says (warnings and worse, at most 2 MB)
FOLDER/logs/jvm.log       what Java says of the last start
"""

import socket
import time
from pathlib import Path
from zlib import crc32

_HOST = "127.0.0.1"
# Below the ports that systems hand to outgoing connections (32768 on Linux): a client that keeps trying to
# reach a dead broker on such a port may be given that very port, and connect to itself.
_PORTS = range(20_000, 32_000, 2)

# A killed broker's threads may hold its port for a moment after its process has ended, and clients know that port.
_PORT_PATIENCE_S = 5.0

_SERVER = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=33554432
# A killed broker is let back in once its last session has run out: 9 seconds by default.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
"""

_LOG4J = """\
status=error
appender.file.type=RollingFile
appender.file.name=file
appender.file.fileName={logs}/broker.log
appender.file.filePattern={logs}/broker.%i.log
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=%d{{yyyy-MM-dd HH:mm:ss}} %p %c{{1}}: %m%n
appender.file.policies.type=Policies
appender.file.policies.size.type=SizeBasedTriggeringPolicy
appender.file.policies.size.size=1MB
appender.file.strategy.type=DefaultRolloverStrategy
appender.file.strategy.max=1
rootLogger.level=warn
rootLogger.appenderRef.file.ref=file
"""


class BrokerFolder:
    """The files of one embedded broker, and their content."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.server_settings = path / "server.properties"  # on a command line it marks this folder's broker process
        self.log_settings = path / "log4j2.properties"
        self.pid_file = path / "pid"  # of the process started last
        self.kept_file = path / "kept"  # as `pid_file`, of the process last started to run on by itself
        self.lock_file = path / "lock"  # held during a start
        self.port_file = path / "port"
        self.jvm_log = path / "logs" / "jvm.log"  # Java's output since the last start

    @property
    def formatted(self) -> bool:
        """Whether Kafka has laid out its storage here."""
        return (self.path / "data" / "meta.properties").exists()

    @property
    def bootstrap(self) -> str | None:
        """`host:port` of this folder's broker, None before its first start."""
        kept = self._read_kept_port()
        return f"{_HOST}:{kept}" if kept else None

    def prepare(self) -> None:
        """Choose the port (the kept one, if it is or soon gets free, else a free one) and write all settings."""
        (self.path / "logs").mkdir(parents=True, exist_ok=True)
        self.jvm_log.write_bytes(b"")
        port = self._choose_port()
        self.port_file.write_text(f"{port}\n")
        places = {"data": self.path / "data", "logs": self.path / "logs"}
        ports = {"host": _HOST, "port": port, "controller": port + 1}
        self.server_settings.write_text(_SERVER.format(**places, **ports))
        self.log_settings.write_text(_LOG4J.format(**places))

    def drop_taken_port(self) -> bool:
        """Delete the file of the kept port if another program listens on it or on the next one; return whether so."""
        kept = self._read_kept_port()
        taken = kept is not None and not (_is_free(kept) and _is_free(kept + 1))
        if taken:
            self.port_file.unlink()
        return taken

    def log_tail(self, lines: int = 6) -> str:
        """Read the end of both logs, for an error message."""
        logs = (self.path / "logs" / "broker.log", self.jvm_log)
        said = [line for log in logs if log.exists() for line in _last_lines(log, lines)]
        return "\n".join(f"    {line}" for line in said) or "    (nothing)"

    def _read_kept_port(self) -> int | None:
        return int(self.port_file.read_text()) if self.port_file.exists() else None

    def _choose_port(self) -> int:
        """The kept port, or the next pair of free ones; searched from a place of the folder's own, so that
        two folders that start at the same time seldom meet."""
        kept = self._read_kept_port()
        if kept and _wait_until_free(kept):
            return kept
        start = crc32(str(self.path).encode()) % len(_PORTS)
        order = (*_PORTS[start:], *_PORTS[:start])
        return next(int(port) for port in order if _is_free(port) and _is_free(port + 1))


def _wait_until_free(port: int) -> bool:
    """Wait some seconds until this port and the next are free; return whether they are."""
    deadline = time.monotonic() + _PORT_PATIENCE_S
    while not (_is_free(port) and _is_free(port + 1)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As Kafka does: the closing connections of a broker that has just ended do not keep its port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError:
            return False
        return True


def _last_lines(log: Path, lines: int) -> list[str]:
    """Read a log's last lines without those of Java stacks, which would hide the cause."""
    said = log.read_text(errors="replace").splitlines()
    return [line for line in said if not line.lstrip().startswith("at ")][-lines:]
