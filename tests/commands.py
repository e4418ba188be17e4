"""The program as a person runs it: a process of its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

CINELOOP = [sys.executable, "-m", "pipelines.cli.main"]
REPOSITORY = Path(__file__).resolve().parent.parent


def cineloop(*arguments: str, timeout: float = 1500, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a verb to its end; a failure shows what it printed."""
    done = subprocess.run([*CINELOOP, *arguments], capture_output=True, text=True, timeout=timeout, cwd=REPOSITORY)
    assert not check or done.returncode == 0, f"{arguments} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done


def answer(*arguments: str) -> Any:
    """What a verb says in JSON."""
    return json.loads(cineloop(*arguments, "--json").stdout)
