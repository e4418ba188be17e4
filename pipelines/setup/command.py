"""Runs the set-up's commands and reports progress."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from streaming.settings import REPOSITORY

VENV = REPOSITORY / ".venv"
SETUP = REPOSITORY / ".setup"


class SetupError(Exception):
    """Something is missing that the set-up cannot install; the message holds the command that does."""


def say(line: str) -> None:
    """Print one line of progress."""
    print(line, flush=True)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Announce a step, and after it has succeeded its seconds."""
    say(f"  … {title}")
    began = time.monotonic()
    yield
    say(f"  ✓ {title} ({time.monotonic() - began:.0f} s)")


def run(name: str, command: Sequence[str | Path]) -> None:
    """Run a command in the repository; its output goes to `.setup/logs/<name>.log`, its progress to the terminal.

    Raises:
        SetupError: it failed; the message ends with the log's last lines.
    """
    log = SETUP / "logs" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        errors = None if sys.stderr.isatty() else output
        done = subprocess.run(
            command, cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, check=False
        )
    if done.returncode != 0:
        shown = " ".join(map(str, command))
        last = "\n".join(f"    {line}" for line in log.read_text(errors="replace").splitlines()[-12:])
        raise SetupError(f"`{shown}` ended with {done.returncode}:\n{last}\nTo try again: `make setup`.")


def fingerprint(*parts: str | bytes) -> str:
    """A hash of the parts in order."""
    digest = sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8) + content)
    return digest.hexdigest()
