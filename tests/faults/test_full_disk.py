"""The lake's disk is full, at one step after another: the job says so, and goes on once there is room."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs import bronze
from jobs.checkpoint import telling_the_cure
from jobs.errors import DiskFull
from jobs.lake import Lake
from jobs.silver import main as silver
from jobs.silver.conservation import count
from streaming.broker import EmbeddedBroker
from tests.faults import stream
from tests.faults.conftest import Prover
from tests.faults.matrix import Fault

pytestmark = [pytest.mark.fault, pytest.mark.kafka, pytest.mark.spark, pytest.mark.timeout(1200)]
_STEPS = (8192, 65536, 262144)
_SIZE = 4 * 2**20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of four megabytes of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "lake", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"a file system can be mounted by root only: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_stops_the_job_with_its_name_and_what_follows_is_equal(
    spark: SparkSession, source: EmbeddedBroker, undisturbed: Lake, disk: Path, prove: Prover
) -> None:
    lake, stopped = stream.lake_in(disk), []
    for free in _STEPS:
        ballast = _fill(disk, free)
        with pytest.raises(DiskFull, match=f"no space is left on the disk of {disk}.*make room") as full:
            _ingest(spark, lake, source.bootstrap)
        stopped.append("bronze" if lake.path("bronze") in str(full.value) else "silver")
        _check_whole(disk)
        ballast.unlink()
    assert set(stopped) == {"bronze", "silver"}
    _ingest(spark, lake, source.bootstrap)
    count(spark, lake).verify()
    outcome = stream.equal(spark, lake, undisturbed)
    fired = f"ENOSPC {len(stopped)} times, in the batch of {', '.join(stopped)}; no log or checkpoint torn"
    prove(
        Fault.FULL_DISK, f"a tmpfs with {', '.join(map(str, _STEPS))} bytes free, one run after another", fired, outcome
    )


def _ingest(spark: SparkSession, lake: Lake, bootstrap: str) -> None:
    with telling_the_cure(lake, "bronze"):
        bronze.start(spark, lake, bootstrap).awaitTermination()
    with telling_the_cure(lake, "silver"):
        silver.start(spark, lake).awaitTermination()


def _fill(disk: Path, free: int) -> Path:
    """Leave so many bytes free."""
    ballast = disk / "ballast"
    there = os.statvfs(disk)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, there.f_bavail * there.f_bsize - free)
    return ballast


def _check_whole(disk: Path) -> None:
    """What may be torn are data files that no log names, and files with a dot before their name."""
    logs = [
        *disk.rglob("_delta_log/*.json"),
        *disk.glob("checkpoints/*/offsets/*"),
        *disk.glob("checkpoints/*/commits/*"),
    ]
    for path in logs:
        if not path.name.startswith("."):
            lines = path.read_text().splitlines()
            assert lines and all(_parses(line) for line in lines), f"{path} is torn"


def _parses(line: str) -> bool:
    return line in ("v1", "-") or bool(json.loads(line) or True)
