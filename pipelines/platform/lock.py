"""The lock of a state folder: one cycle, back-test or rebuild at a time. The kernel releases it if its holder dies."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from filelock import FileLock, Timeout

from pipelines.platform import lake_swap
from pipelines.platform.errors import Busy
from pipelines.platform.state import State


def acquire(state: State) -> None:
    """Take the lock for this process, and finish a swap of lakes that was killed; no effect if the process has it.

    Raises:
        Busy: another process has it; the message has its process id.
    """
    lock = _lock_of_process(_lock_path(state))
    if lock.is_locked:
        return
    state.root.mkdir(parents=True, exist_ok=True)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        holder = _lock_path(state).read_text().strip() or "?"
        raise Busy(f"process {holder} is at work in {state.root}: wait for it, or stop it") from None
    _lock_path(state).write_text(str(os.getpid()))
    lake_swap.finish(state)


def release(state: State) -> None:
    """Release the lock if this process has it."""
    _lock_of_process(_lock_path(state)).release()


@contextmanager
def holding(state: State) -> Iterator[None]:
    """Hold the lock for as long as the block lasts, and longer if the process had it before.

    Raises:
        Busy: another process has it.
    """
    had = _lock_of_process(_lock_path(state)).is_locked
    acquire(state)
    try:
        yield
    finally:
        if not had:
            release(state)


def free(state: State) -> bool:
    """Try the lock: whether no process holds it now."""
    if not _lock_path(state).exists():
        return True
    try:
        with FileLock(_lock_path(state)).acquire(blocking=False):
            return True
    except Timeout:
        return False


@cache
def _lock_of_process(path: Path) -> FileLock:
    return FileLock(path, thread_local=False)


def _lock_path(state: State) -> Path:
    return state.root / "cycle.lock"
