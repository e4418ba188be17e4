"""A real process, killed with all that it started as soon as a file appears."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from tests.commands import REPOSITORY

_PATIENCE_S = 300


def killed_once(there: Path, command: Sequence[str], environment: Mapping[str, str] | None = None) -> int:
    """Run `command` until `there` exists, kill it and its children with SIGKILL, and return its process id.

    Raises:
        AssertionError: it ended by itself before it could be killed, or the file did not come.
    """
    quick = {"SPARK_SUBMIT_OPTS": "-XX:TieredStopAtLevel=1"}
    process = subprocess.Popen(command, cwd=REPOSITORY, env={**os.environ, **quick, **(environment or {})})
    deadline = time.monotonic() + _PATIENCE_S
    while not there.exists():
        assert process.poll() is None, f"{command} ended with {process.returncode} before {there} was there"
        assert time.monotonic() < deadline, f"{there} was not there after {_PATIENCE_S} s"
        time.sleep(0.001)
    for each in [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]:
        each.kill()
    assert process.wait() == -signal.SIGKILL
    return process.pid
