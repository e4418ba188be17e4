"""A long run in one state: memory stays, and the disk grows by no more than the data that came.

`CINELOOP_SOAK_CYCLES=6 make soak ARGS=tests/test_soak.py` tries the same in minutes, with tidying to match. The figures
of each cycle go into `.soak/CYCLES.json`.
"""

import os
import subprocess
from pathlib import Path

import pytest

from tests import soak
from tests.commands import CINELOOP, REPOSITORY

pytestmark = [pytest.mark.soak, pytest.mark.kafka, pytest.mark.spark, pytest.mark.timeout(6 * 3600)]
_CYCLES = int(os.environ.get("CINELOOP_SOAK_CYCLES", "50"))
_SETTLED = _CYCLES * 2 // 5  # by then Java's heaps have grown to their size, and the oldest runs are forgotten
_FIGURES = REPOSITORY / ".soak" / f"{_CYCLES}.json"
# The cheapest cycle that makes everything: the audience, its events and all stages are as ever.
_CHEAP = {
    "CINELOOP_MEMBERS": "popularity",
    "CINELOOP_EPOCHS": "1",
    "CINELOOP_DRIVER_MEMORY": "1g",
    # As by default, but in a short run as often in proportion.
    "CINELOOP_TIDY_EVERY": str(max(1, min(5, _CYCLES // 5))),
    "CINELOOP_KEPT_CYCLES": str(max(1, min(4, _CYCLES // 5))),
    "CINELOOP_KEPT_VERSIONS": str(max(1, min(5, _CYCLES // 5))),
    "CINELOOP_KEPT_RUNS": str(max(1, min(20, _SETTLED))),
}


@pytest.fixture(scope="module")
def turns(tmp_path_factory: pytest.TempPathFactory) -> list[soak.Turn]:
    """All cycles of one run, and their figures on disk."""
    state: Path = tmp_path_factory.mktemp("soak") / "state"
    command = [*CINELOOP, "run", "--once", "--cycles", str(_CYCLES), "--seed", "7", "--state", str(state)]
    run = subprocess.Popen(command, cwd=REPOSITORY, env={**os.environ, **_CHEAP})
    made = soak.watch(run, state)
    assert run.returncode == 0
    _FIGURES.parent.mkdir(exist_ok=True)
    soak.write(made, _FIGURES)
    return made


def test_every_cycle_closes(turns: list[soak.Turn]) -> None:
    assert [turn.cycle for turn in turns] == list(range(1, _CYCLES + 1))


@pytest.mark.parametrize("process", ["worker_mib", "spark_mib", "broker_mib"])
def test_memory_does_not_grow(turns: list[soak.Turn], process: str) -> None:
    assert soak.growth([getattr(turn, process) for turn in turns[_SETTLED:]]) < 0.1


def test_the_disk_grows_by_no_more_than_the_data_that_came(turns: list[soak.Turn]) -> None:
    assert soak.disk_by_data(turns[_SETTLED:]) <= 1.2
