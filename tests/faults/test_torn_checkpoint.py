"""A checkpoint that is gone, torn or foreign: the stream stops with the cure, and the cure ends equal."""

import shutil
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.errors import CheckpointError, ForeignCheckpoint, TornCheckpoint
from jobs.lake import Lake
from streaming.broker.node import EmbeddedBroker
from tests.commands import said
from tests.faults import stream
from tests.faults.conftest import Prover
from tests.faults.matrix import Fault

pytestmark = [pytest.mark.fault, pytest.mark.kafka, pytest.mark.spark, pytest.mark.timeout(1200)]


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
    _tear(copy, log)
    with pytest.raises(TornCheckpoint, match="cineloop rebuild"):
        stream.ingest(spark, copy, source.bootstrap)


@pytest.mark.parametrize("name", ["bronze", "silver"])
def test_an_older_checkpoint_than_the_tables_stops_with_the_cure(
    spark: SparkSession, source: EmbeddedBroker, copy: Lake, name: str
) -> None:
    for log in ("offsets", "commits"):
        for entry in Path(copy.checkpoint(name), log).glob("*0*"):
            entry.unlink()
    with pytest.raises(TornCheckpoint, match=r"ends before batch 0.*cineloop rebuild"):
        stream.ingest(spark, copy, source.bootstrap)


def test_a_foreign_checkpoint_stops_with_the_cure(spark: SparkSession, source: EmbeddedBroker, copy: Lake) -> None:
    shutil.rmtree(copy.checkpoint("bronze"))
    shutil.copytree(copy.checkpoint("silver"), copy.checkpoint("bronze"))
    with pytest.raises(ForeignCheckpoint, match="cineloop rebuild"):
        stream.ingest(spark, copy, source.bootstrap)


def test_another_cluster_stops_with_the_cure(spark: SparkSession, copy: Lake, broker: EmbeddedBroker) -> None:
    with pytest.raises(CheckpointError, match="cineloop rebuild"):
        stream.ingest(spark, copy, broker.bootstrap)


def test_the_cure_ends_equal(
    spark: SparkSession,
    source: EmbeddedBroker,
    undisturbed: Lake,
    copy: Lake,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    prove: Prover,
) -> None:
    monkeypatch.setenv("CINELOOP_BOOTSTRAP", source.bootstrap)
    torn = _tear(copy, "offsets")
    shutil.rmtree(copy.checkpoint("silver"))
    with pytest.raises(TornCheckpoint) as stopped:
        stream.ingest(spark, copy, source.bootstrap)
    counts = said("rebuild", "--state", str(tmp_path))
    assert f"{sum(stream.on_topics(source.bootstrap))} bronze = " in counts
    stream.ingest(spark, copy, source.bootstrap)  # the new checkpoints are those of the new tables
    outcome = stream.equal(spark, copy, undisturbed)
    assert sorted(path.name for path in tmp_path.glob("*/*")) == ["bronze", "bronze", "silver", "silver"]
    injected = f"bronze's newest offsets cut to {torn} bytes, silver's checkpoint removed; then `cineloop rebuild`"
    prove(Fault.TORN_CHECKPOINT, injected, f"{type(stopped.value).__name__} before a record was read", outcome)


def _tear(lake: Lake, log: str) -> int:
    """Cut the newest entry of bronze's log; how many bytes are left."""
    newest = max(Path(lake.checkpoint("bronze"), log).glob("[0-9]*"), key=lambda path: int(path.name))
    newest.write_bytes(newest.read_bytes()[: newest.stat().st_size // 2] if log == "offsets" else b"")
    Path(newest.parent, f".{newest.name}.crc").unlink(missing_ok=True)
    return newest.stat().st_size
