"""The lake's disk is full, at one step after another: the job says so, and goes on once there is room."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs import bronze
from jobs.checkpoint import explained_failures
from jobs.errors import DiskFull
from jobs.lake import Lake
from jobs.silver import main as silver
from jobs.silver.conservation import count
from streaming.broker.node import EmbeddedBroker
from tests.faults import stream
from tests.faults.conftest import Prover
from tests.faults.matrix import Fault

pytestmark = [pytest.mark.fault, pytest.mark.kafka, pytest.mark.spark, pytest.mark.timeout(1200)]
_SIZE, _PAGE = 4 * 2**20, 4096


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
    for free in range(_PAGE, _SIZE, 8 * _PAGE):
        ballast = _fill(disk, free)
        try:
            _ingest(spark, lake, source.bootstrap)
            break
        except DiskFull as full:
            told = re.fullmatch(f"no space is left on the disk of {disk}/lake/(bronze|silver),.*make room.*", str(full))
            assert told, full
            stopped.append(f"{told[1]} at {free // 1024} KB")
        finally:
            ballast.unlink()
        _check_whole(disk)
    assert {each.split()[0] for each in stopped} == {"bronze", "silver"}, "it went through once there was room"
    _ingest(spark, lake, source.bootstrap)
    count(spark, lake).verify()
    outcome = stream.equal(spark, lake, undisturbed)
    fired = f"no space left: {', '.join(stopped)}; no log and no checkpoint torn"
    prove(Fault.FULL_DISK, "the lake on a file system that is filled up to a few KB, more at each run", fired, outcome)


def _ingest(spark: SparkSession, lake: Lake, bootstrap: str) -> None:
    with explained_failures(lake, "bronze"):
        bronze.start(spark, lake, bootstrap).awaitTermination()
    with explained_failures(lake, "silver"):
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
