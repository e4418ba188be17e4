"""Faults of the lake: each ends with tables equal to those of a run without it, or with the command that cures."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.errors import CheckpointError, ForeignCheckpoint, TornCheckpoint
from jobs.features.main import FEATURES, read_silver
from jobs.lake import Lake
from jobs.silver import main as silver
from jobs.silver.conservation import count
from streaming.broker import EmbeddedBroker
from tests.commands import REPOSITORY
from tests.faults import stream
from tests.jobs.bronze_rows import NOW_MS

pytestmark = [pytest.mark.fault, pytest.mark.kafka, pytest.mark.spark, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> EmbeddedBroker:
    """A broker whose topics hold the events."""
    with stream.broker(tmp_path_factory.mktemp("kafka") / "broker") as running:
        stream.send(running.bootstrap, stream.events())
        yield running


@pytest.fixture(scope="module")
def undisturbed(spark: SparkSession, source: EmbeddedBroker, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The lake as it is when nothing goes wrong."""
    lake = stream.lake_in(tmp_path_factory.mktemp("undisturbed"))
    stream.ingest(spark, lake, source.bootstrap)
    return lake


@pytest.fixture
def copy(undisturbed: Lake, tmp_path: Path) -> Lake:
    """A copy of the undisturbed lake, to be torn."""
    shutil.copytree(undisturbed.root, tmp_path / "lake")
    shutil.copytree(undisturbed.checkpoints, tmp_path / "checkpoints")
    return stream.lake_in(tmp_path)


def test_spark_killed_between_a_silver_write_and_its_commit(spark: SparkSession, undisturbed: Lake, lake: Lake) -> None:
    shutil.copytree(undisturbed.path("bronze"), lake.path("bronze"))
    command = [sys.executable, "-m", "tests.faults.dying_silver", lake.root, lake.checkpoints]
    environment = {**os.environ, "CINELOOP_QUERIES": "compiled", "SPARK_SUBMIT_OPTS": "-XX:TieredStopAtLevel=1"}
    died = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, timeout=300, env=environment)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert f"dies after {lake.path('silver/films')}" in died.stdout
    assert lake.exists(spark, "silver/films") and not lake.exists(spark, "silver/viewing"), "killed in mid-batch"
    silver.start(spark, lake).awaitTermination()
    assert stream.contents(spark, lake) == stream.contents(spark, undisturbed)
    count(spark, lake).verify()


def test_a_revised_day_stays_in_bronze_beside_the_first_and_corrects_it_whichever_came_first(
    spark: SparkSession, undisturbed: Lake
) -> None:
    held = {bytes(row["value"]) for row in undisturbed.read(spark, "bronze/events").select("value").collect()}
    for number in (3, 6):
        grosses = {float(json.loads(value)["gross"]) for value in held if f"2023-01-{number + 1:02d}".encode() in value}
        assert grosses == {1000.0 * number, 2500.0}
    panel = FEATURES["film_day"](read_silver(spark, undisturbed), NOW_MS + 1).collect()
    taken = {row["date"].day: row["gross"] for row in panel}
    assert (taken[4], taken[7], taken[5]) == (2500, 2500, 4000)
    assert len(taken) == len(panel) == 20


def test_the_whole_topic_sent_again_adds_nothing(
    spark: SparkSession, source: EmbeddedBroker, undisturbed: Lake, copy: Lake
) -> None:
    stream.send(source.bootstrap, stream.events()[::-1])  # what adds nothing does not disturb the other tests either
    stream.ingest(spark, copy, source.bootstrap)
    assert stream.contents(spark, copy) == stream.contents(spark, undisturbed)
    counts = count(spark, copy)
    counts.verify()
    assert counts.duplicates == len(stream.events())


@pytest.mark.parametrize("name", ["bronze", "silver"])
def test_a_missing_checkpoint_stops_with_the_cure(
    spark: SparkSession, source: EmbeddedBroker, copy: Lake, name: str
) -> None:
    shutil.rmtree(copy.checkpoint(name))
    with pytest.raises(TornCheckpoint, match="cineloop rebuild"):
        stream.ingest(spark, copy, source.bootstrap)


@pytest.mark.parametrize("log", ["offsets", "commits"])
def test_a_torn_checkpoint_stops_with_the_cure(
    spark: SparkSession, source: EmbeddedBroker, copy: Lake, log: str
) -> None:
    newest = max(Path(copy.checkpoint("bronze"), log).glob("[0-9]*"), key=lambda path: int(path.name))
    newest.write_bytes(newest.read_bytes()[: newest.stat().st_size // 2] if log == "offsets" else b"")
    Path(newest.parent, f".{newest.name}.crc").unlink(missing_ok=True)
    with pytest.raises(TornCheckpoint, match="cineloop rebuild"):
        stream.ingest(spark, copy, source.bootstrap)


def test_a_foreign_checkpoint_stops_with_the_cure(spark: SparkSession, source: EmbeddedBroker, copy: Lake) -> None:
    shutil.rmtree(copy.checkpoint("bronze"))
    shutil.copytree(copy.checkpoint("silver"), copy.checkpoint("bronze"))
    with pytest.raises(ForeignCheckpoint, match="cineloop rebuild"):
        stream.ingest(spark, copy, source.bootstrap)


def test_another_cluster_stops_with_the_cure(spark: SparkSession, copy: Lake, broker: EmbeddedBroker) -> None:
    with pytest.raises(CheckpointError, match="cineloop rebuild"):
        stream.ingest(spark, copy, broker.bootstrap)
