"""A third cycle after the two of `turned`, in a copy of that state, up to its close."""

import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from pipelines.platform.ledger import Ledger, Record
from tests.commands import CINELOOP, REPOSITORY

NUMBER = 3
_PATIENCE_S = 1200


def copy(turned: Path, folder: Path) -> Path:
    """The state after two cycles, to be turned on."""
    return Path(shutil.copytree(turned, folder / "state"))


def started(state: Path) -> subprocess.Popen[bytes]:
    """`cineloop run` of the third cycle."""
    command = [*CINELOOP, "run", "--once", "--cycles", "1", "--seed", "7", "--state", str(state)]
    return subprocess.Popen(command, cwd=REPOSITORY, start_new_session=True)


def end_once_closed(run: subprocess.Popen[bytes], state: Path) -> None:
    """Wait for the cycle's close; what follows it is not asked for."""
    until(lambda: bool(record(state)["closed"]), run)
    run.send_signal(signal.SIGINT)
    assert run.wait(120) == 0


def record(state: Path) -> Record:
    """What the ledger has of the third cycle so far: it is open since the second's decisions were observed."""
    return Ledger(state / "cycles").read(NUMBER)


def until(come: Callable[[], bool], run: subprocess.Popen[bytes] | None = None) -> None:
    """Wait for something that comes while the run goes on."""
    deadline = time.monotonic() + _PATIENCE_S
    while not come():
        assert run is None or run.poll() is None, "the run ended before it came so far"
        assert time.monotonic() < deadline, "it did not come so far in twenty minutes"
        time.sleep(0.1)
