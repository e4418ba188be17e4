"""A cycle killed in its middle, with all its processes, and started again: what it decides is what it would have."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pandas as pd
import psutil
import pytest
from deltalake import DeltaTable

from pipelines.ledger import Ledger
from tests.commands import CINELOOP, REPOSITORY, cineloop

pytestmark = [pytest.mark.fault, pytest.mark.kafka, pytest.mark.spark, pytest.mark.timeout(2400)]
_RUN = ("run", "--once", "--cycles", "1", "--seed", "7", "--state")


def test_a_cycle_killed_in_mid_course_ends_like_one_that_was_not(turned: Path, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "cycles")
    process = subprocess.Popen([*CINELOOP, *_RUN, str(tmp_path)], cwd=REPOSITORY, start_new_session=True)
    _await_stage(ledger, "silver", process)
    _kill_all(process, tmp_path)
    assert not ledger.read(1)["closed"], "killed in mid-cycle"
    assert "slates" not in ledger.read(1)
    cineloop(*_RUN, str(tmp_path))
    assert ledger.read(1)["closed"]
    assert ledger.read(1)["counts"] == Ledger(turned / "cycles").read(1)["counts"]
    for table in ("decisions/recommendations", "decisions/forecasts", "decisions/market"):
        pd.testing.assert_frame_equal(_first_cycle(tmp_path, table), _first_cycle(turned, table))


def _await_stage(ledger: Ledger, stage: str, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 900
    while time.monotonic() < deadline:
        assert process.poll() is None, "the run ended before it could be killed"
        if ledger.numbers() and stage in ledger.read(1)["seconds"]:
            return
        time.sleep(0.1)
    pytest.fail(f"the stage {stage} was not reached")


def _kill_all(process: subprocess.Popen, state: Path) -> None:
    """SIGKILL for the run, its job worker, Spark and the broker."""
    family = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
    broker = [each for each in psutil.process_iter(["cmdline"]) if str(state) in " ".join(each.info["cmdline"] or [])]
    for each in {*family, *broker}:
        if each.is_running():
            os.kill(each.pid, signal.SIGKILL)
    process.wait()


def _first_cycle(state: Path, table: str) -> pd.DataFrame:
    rows = DeltaTable(state / "lake" / table).to_pandas()
    first = rows[rows["cycle"] == 1].drop(columns="feature_version")
    keys = [name for name in ("film_id", "genre", "date", first.columns[0]) if name in first]
    return first.sort_values(keys).reset_index(drop=True)
