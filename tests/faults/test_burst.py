"""Ten times as much at once: taken in batches that are bounded, and the same as if it had been little."""

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from jobs import bronze
from jobs.lake import Lake
from jobs.silver import main as silver
from jobs.silver.conservation import count
from streaming.kafka.topics import INPUTS
from streaming.schema.events import Event
from tests.commands import REPOSITORY
from tests.faults import stream
from tests.faults.conftest import Prover
from tests.faults.matrix import Fault
from tests.jobs.bronze_rows import NOW_MS, film, play

pytestmark = [pytest.mark.fault, pytest.mark.kafka, pytest.mark.spark, pytest.mark.timeout(1200)]
_STEADY, _MOST = 100, 600
_SETTLED = ("silver/films", "silver/viewing")


def test_a_tenfold_burst_is_taken_in_bounded_batches(
    spark: SparkSession, tmp_path: Path, lake: Lake, monkeypatch: pytest.MonkeyPatch, prove: Prover
) -> None:
    monkeypatch.setenv("CINELOOP_BATCH_RECORDS", str(_MOST))
    with stream.broker(tmp_path / "broker") as running:
        stream.send(running.bootstrap, _events(0, _STEADY))
        assert _taken(spark, lake, running.bootstrap) == ([_STEADY], 1), "what is usual is one batch"
        stream.send(running.bootstrap, _events(_STEADY, 11 * _STEADY))
        into_bronze, into_silver = _taken(spark, lake, running.bootstrap)
        monkeypatch.delenv("CINELOOP_BATCH_RECORDS")
        unbounded = stream.lake_in(tmp_path / "unbounded")
        assert _taken(spark, unbounded, running.bootstrap) == ([11 * _STEADY], 1)
    # Of a partition that holds few records, one at least is taken.
    assert max(into_bronze) <= _MOST + sum(topic.partitions for topic in INPUTS)
    assert sum(into_bronze) == 10 * _STEADY and len(into_bronze) > 1 and into_silver > 1
    counts = count(spark, lake)
    counts.verify()
    assert counts.bronze == 11 * _STEADY and not counts.duplicates
    outcome = stream.equal(spark, lake, unbounded)
    fired = f"{len(into_bronze)} batches of at most {max(into_bronze)} into bronze, {into_silver} into silver"
    injected = f"{_STEADY} records, then {10 * _STEADY} at once, to streams that take {_MOST} at once"
    prove(Fault.BURST, injected, fired, outcome)


@pytest.mark.soak
def test_memory_is_that_of_a_batch_and_not_of_the_burst(tmp_path: Path, lake: Lake, prove: Prover) -> None:
    steady = 20_000
    small = {"CINELOOP_BATCH_RECORDS": str(steady), "CINELOOP_DRIVER_MEMORY": "1g"}
    with stream.broker(tmp_path / "broker") as running:
        peaks = []
        for first, last in ((0, steady), (steady, 11 * steady)):
            stream.send(running.bootstrap, _events(first, last))
            peaks.append(
                max(_peak_mb(job, lake, running.bootstrap, small) for job in ("jobs.bronze", "jobs.silver.main"))
            )
    assert peaks[1] < 1.25 * peaks[0], "ten times the records take no more memory"
    rows = {
        name: DeltaTable(lake.path(name)).to_pyarrow_dataset().count_rows() for name in ("bronze/events", *_SETTLED)
    }
    assert rows.pop("bronze/events") == 11 * steady == sum(rows.values())
    injected = f"{steady:,} records, then {10 * steady:,} at once, to jobs that take {steady:,} at once"
    fired = f"at most {peaks[0]} MB for the first, {peaks[1]} MB for the burst"
    prove(Fault.BURST, injected, fired, f"counts conserved: {11 * steady:,} rows of bronze are {rows}")


def _peak_mb(job: str, lake: Lake, bootstrap: str, settings: dict[str, str]) -> int:
    """Run a job in a process of its own, and see how much memory it and its Java take at most."""
    command = [sys.executable, "-m", job, "--lake", lake.root, "--checkpoints", lake.checkpoints]
    process = subprocess.Popen([*command, "--bootstrap", bootstrap], cwd=REPOSITORY, env={**os.environ, **settings})
    peak = 0
    while process.poll() is None:
        with suppress(psutil.NoSuchProcess):
            own = psutil.Process(process.pid)
            peak = max(peak, sum(each.memory_info().rss for each in (own, *own.children(recursive=True))))
        time.sleep(0.1)
    assert process.returncode == 0
    return peak // 2**20


def _taken(spark: SparkSession, lake: Lake, bootstrap: str) -> tuple[list[int], int]:
    """How many records each batch took into bronze, and how many batches silver took."""
    into_bronze = bronze.start(spark, lake, bootstrap)
    into_bronze.awaitTermination()
    into_silver = silver.start(spark, lake)
    into_silver.awaitTermination()
    # A batch of silver is read more than once, and its rows are counted as often.
    sizes = [[each["numInputRows"] for each in query.recentProgress] for query in (into_bronze, into_silver)]
    return [size for size in sizes[0] if size], len([size for size in sizes[1] if size])


def _events(first: int, last: int) -> list[Event]:
    """Plays of films, twenty events each; a film is described in the middle of its plays."""

    def event(number: int) -> Event:
        of = f"f{number // 20}"
        return film(of) if number % 20 == 10 else play(f"p{number}", of, f"v{number % 50}", NOW_MS + number)

    return [event(number) for number in range(first, last)]
