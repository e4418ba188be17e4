"""What the doctor looks at: the machine, the set-up, and the state folder."""

import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil
from packaging.requirements import Requirement

from pipelines.platform.processes import WEB_HOST, WEB_PORT
from pipelines.platform.state import State
from pipelines.setup import java
from pipelines.setup.environment import LOCK
from pipelines.setup.jars import JAR_SETS, is_complete
from streaming.broker.node import EmbeddedBroker
from streaming.errors import BrokerError
from streaming.kafka.admin import cluster_id
from streaming.settings import external_bootstrap, jars_root

_GIB = 2**30
_DISK_GIB, _MEMORY_GIB = 5, 4
_OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `cure` is there where it is not `ok`."""

    name: str
    ok: bool
    seen: str
    cure: str | None = None


def examine(state: State) -> list[Finding]:
    """Look at everything; nothing is changed."""
    return [
        _python(),
        _packages(),
        _java(),
        *_jars(),
        _web_port(),
        _disk(state.root),
        _memory(),
        _broker(state),
        _keys(state.keys),
    ]


def _python() -> Finding:
    ok = sys.version_info >= _OLDEST_PYTHON
    seen = sys.version.split()[0]
    return Finding("Python", ok, seen, None if ok else "make clean setup PYTHON=python3.11")


def _packages() -> Finding:
    wanted = [Requirement(line) for line in LOCK.read_text().splitlines() if not line.startswith("#")]
    here = [need for need in wanted if need.marker is None or need.marker.evaluate()]
    other = [str(need) for need in here if not need.specifier.contains(_installed(need.name), prereleases=True)]
    if other:
        seen = f"{len(other)} of {len(here)} are not as locked: {', '.join(other[:5])}"
        return Finding("packages", False, seen, "make setup")
    return Finding("packages", True, f"{len(here)}, all as locked")


def _java() -> Finding:
    found = java.find()
    if found is not None and found.fits:
        return Finding("Java", True, str(found))
    return Finding("Java", False, str(found or "none"), str(java.unfit(found)))


def _jars() -> Iterator[Finding]:
    for jars in JAR_SETS:
        folder = jars_root() / jars.name
        complete = is_complete(folder, jars.pins)
        count = len(list(folder.glob("*.jar")))
        seen = f"{count} in {folder}" + ("" if complete else ", not those that are wanted")
        yield Finding(f"jars for {jars.name}", complete, seen, None if complete else "make setup")


def _web_port() -> Finding:
    with socket.socket() as probe:
        probe.settimeout(1)
        taken = probe.connect_ex((WEB_HOST, WEB_PORT)) == 0
    if not taken:
        return Finding("web page", True, f"port {WEB_PORT} is free")
    owner = _listener(WEB_PORT)
    if "dagster" in owner:
        return Finding("web page", True, f"http://{WEB_HOST}:{WEB_PORT} is served by {owner}")
    return Finding("web page", False, f"port {WEB_PORT} is taken by {owner}", f"stop {owner}")


def _disk(root: Path) -> Finding:
    place = next(folder for folder in (root, *root.parents) if folder.exists())
    free = shutil.disk_usage(place).free / _GIB
    ok = free >= _DISK_GIB
    cure = f"free {_DISK_GIB - free:.1f} GiB, or name another folder with --state"
    return Finding("disk", ok, f"{free:.1f} GiB free at {place}", None if ok else cure)


def _memory() -> Finding:
    free = psutil.virtual_memory().available / _GIB
    ok = free >= _MEMORY_GIB
    cure = f"end other programs: a run takes up to {_MEMORY_GIB} GiB and more with real data"
    return Finding("memory", ok, f"{free:.1f} GiB available", None if ok else cure)


def _broker(state: State) -> Finding:
    outside = external_bootstrap()
    if outside:
        return _asked(outside, "set CINELOOP_BOOTSTRAP to a cluster that answers, or unset it")
    status = EmbeddedBroker(state.broker).status()
    if not status.running or status.bootstrap is None:
        return Finding("broker", True, "not running; a run starts it")
    return _asked(status.bootstrap, f"cineloop broker stop --state {state.root}, and start it again")


def _asked(bootstrap: str, cure: str) -> Finding:
    try:
        return Finding("broker", True, f"cluster {cluster_id(bootstrap)} answers at {bootstrap}")
    except BrokerError as error:
        return Finding("broker", False, str(error), cure)


def _keys(folder: Path) -> Finding:
    if not folder.exists():
        return Finding("keys", True, "none yet; a run makes them")
    loose = [path for path in (folder, *folder.iterdir()) if path.stat().st_mode & 0o077]
    if loose:
        names = " ".join(map(str, loose))
        return Finding("keys", False, f"others may read {names}", f"chmod go-rwx {names}")
    return Finding("keys", True, f"only you can read {folder}")


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "0"


def _listener(port: int) -> str:
    """Who listens there, as far as we may know."""
    for process in psutil.process_iter(["name", "cmdline", "pid"]):
        try:
            sockets = process.net_connections("tcp")
        except psutil.Error:
            continue
        if any(entry.status == psutil.CONN_LISTEN and entry.laddr.port == port for entry in sockets):
            return f"process {process.pid} ({' '.join(process.info['cmdline'] or [process.info['name']])[:80]})"
    return "a process of another user"
