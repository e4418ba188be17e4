"""The program as a person runs it: a process of its own, or in this one where only its words count."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from pipelines.cli.main import app

CINELOOP = [sys.executable, "-m", "pipelines.cli.main"]
REPOSITORY = Path(__file__).resolve().parent.parent


def cineloop(*arguments: str, timeout: float = 1500, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a verb to its end; a failure shows what it printed."""
    done = subprocess.run([*CINELOOP, *arguments], capture_output=True, text=True, timeout=timeout, cwd=REPOSITORY)
    assert not check or done.returncode == 0, f"{arguments} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done


def said(*arguments: str) -> str:
    """What a verb says: in this process, for what a verb imports takes longer than what it does."""
    done = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, f"{arguments} ended with {done.exit_code}:\n{done.output}"
    return done.stdout


def answer(*arguments: str) -> Any:
    """What a verb says in JSON, in this process."""
    return json.loads(said(*arguments, "--json"))


def refused(*arguments: str) -> str:
    """What a verb says that ends with 1, in this process."""
    done = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert done.exit_code == 1, f"{arguments} ended with {done.exit_code}:\n{done.output}"
    return done.stderr
