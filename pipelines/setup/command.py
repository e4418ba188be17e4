"""Runs the tools that the set-up is made of, and tells the person what is going on."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from pipelines.setup.errors import SetupError
from pipelines.setup.settings import REPOSITORY, SETUP


def say(line: str) -> None:
    """One line of progress."""
    print(line, flush=True)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Announce a step, and say how long it took once it has succeeded."""
    say(f"  … {title}")
    began = time.monotonic()
    yield
    say(f"  ✓ {title} ({time.monotonic() - began:.0f} s)")


def run(name: str, command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> None:
    """Run a tool in the repository: on a terminal with its own progress display, else into a log.

    `environment`: its variables; ours where none are given.

    Raises:
        SetupError: it failed; the message ends with its last lines.
    """
    log = SETUP / "logs" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        target = None if sys.stderr.isatty() else output
        done = subprocess.run(
            command,
            cwd=REPOSITORY,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=target,
            check=False,
        )
    if done.returncode != 0:
        shown = " ".join(map(str, command))
        raise SetupError(f"`{shown}` ended with {done.returncode}:\n{last_lines(log)}\nTo try again: `make setup`.")


def last_lines(log: Path, lines: int = 12) -> str:
    """The end of a log, indented."""
    return "\n".join(f"    {line}" for line in log.read_text(errors="replace").splitlines()[-lines:])
