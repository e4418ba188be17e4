"""One cycle or back-test at a time in a state folder: a lock that the kernel releases when its holder dies."""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pipelines.platform import lake_swap
from pipelines.platform.errors import Busy
from pipelines.platform.state import State

_held: dict[Path, IO[str]] = {}
_taking = threading.Lock()  # stages run side by side: to the kernel, a second opening is somebody else's


def acquire(state: State) -> None:
    """Take the state folder's lock for this process; taking it again changes nothing.

    Whoever takes it finds a whole lake: a swap of two that was killed is brought to its end.

    Raises:
        Busy: another process has it; the message has its process id.
    """
    path = _path(state)
    with _taking:
        if path not in _held:
            state.root.mkdir(parents=True, exist_ok=True)
            _held[path] = _taken(path, state)
            lake_swap.finish(state)


def _taken(path: Path, state: State) -> IO[str]:
    file = path.open("a+")
    if not _locked(file):
        file.seek(0)
        raise Busy(f"process {file.read().strip() or '?'} is at work in {state.root}: wait for it, or stop it")
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def release(state: State) -> None:
    """Give the lock back, if this process has it."""
    file = _held.pop(_path(state), None)
    if file:
        file.close()


@contextmanager
def holding(state: State) -> Iterator[None]:
    """The lock for as long as the block lasts; a process that had it before keeps it.

    Raises:
        Busy: another process has it.
    """
    had = _path(state) in _held
    acquire(state)
    try:
        yield
    finally:
        if not had:
            release(state)


def free(state: State) -> bool:
    """Whether nobody holds the lock now."""
    if not _path(state).exists():
        return True
    with _path(state).open("a+") as file:
        return _locked(file)


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _path(state: State) -> Path:
    return state.root / "cycle.lock"
