"""Verbs that only read answer at once: they import neither Spark nor MLflow nor torch, which take seconds each."""

import subprocess
import sys
from pathlib import Path

import pytest

_HEAVY = {"pyspark", "mlflow", "torch", "dagster", "great_expectations", "matplotlib"}
_READING = (
    *("models list", "dead-letters list", "dead-letters show 0", "trial show", "doctor", "segments", "--help"),
    *("brief --segment all", "plan film", "forecast film", "market", "slate v", "viewer v", "target film"),
    "trace recommender/1",
)
_PROGRAM = f"""
import sys
from pipelines.cli.main import app
try:
    app(sys.argv[1:])
finally:
    print("loaded:", *sorted({_HEAVY!r} & set(sys.modules)))
"""


@pytest.mark.parametrize("verb", _READING)
def test_a_reading_verb_loads_nothing_that_takes_seconds(verb: str, tmp_path: Path) -> None:
    where = [] if verb == "--help" else ["--state", str(tmp_path)]
    done = subprocess.run([sys.executable, "-c", _PROGRAM, *verb.split(), *where], capture_output=True, text=True)
    assert done.returncode in (0, 1) and "Traceback" not in done.stderr, done.stderr
    assert done.stdout.splitlines()[-1].strip() == "loaded:", "an empty state has no answer, and needs none of these"
