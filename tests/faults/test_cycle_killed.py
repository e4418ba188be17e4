"""A cycle killed in its middle, with all its processes, and started again: what it decides is what it would have."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import psutil
import pytest
from deltalake import DeltaTable

from pipelines.platform.ledger import Ledger
from tests.commands import CINELOOP, REPOSITORY

pytestmark = [pytest.mark.fault, pytest.mark.kafka, pytest.mark.spark, pytest.mark.turns, pytest.mark.timeout(2400)]
_RUN = ("run", "--once", "--cycles", "1", "--seed", "7", "--state")


def test_a_cycle_killed_in_mid_course_ends_like_one_that_was_not(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    ledger = Ledger(tmp_path / "cycles")
    first = _started(tmp_path)
    _await(first, lambda: bool(ledger.numbers()) and "bronze_events" in ledger.read(1)["seconds"])
    _kill_all(first, tmp_path)
    assert not ledger.read(1)["closed"], "killed in mid-cycle"
    assert "slates" not in ledger.read(1)
    second = _started(tmp_path)
    _await(second, lambda: ledger.read(1)["closed"])
    second.send_signal(signal.SIGINT)  # what follows the cycle is not asked for here
    assert second.wait(60) == 0
    turned: Path = request.getfixturevalue("turned")  # only now, so that another process may turn it meanwhile
    assert ledger.read(1)["counts"] == Ledger(turned / "cycles").read(1)["counts"]
    for table in ("decisions/recommendations", "decisions/forecasts", "decisions/market"):
        pd.testing.assert_frame_equal(_first_cycle(tmp_path, table), _first_cycle(turned, table))


def _started(state: Path) -> subprocess.Popen:
    return subprocess.Popen([*CINELOOP, *_RUN, str(state)], cwd=REPOSITORY, start_new_session=True)


def _await(process: subprocess.Popen, come: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 900
    while time.monotonic() < deadline:
        assert process.poll() is None, "the run ended before it came so far"
        if come():
            return
        time.sleep(0.1)
    pytest.fail("the run did not come so far in fifteen minutes")


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
