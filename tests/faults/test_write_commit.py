"""Spark killed between a write and the commit of its batch: the batch is repeated, and no table shows it."""

import shutil
import sys
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs import bronze
from jobs.lake import Lake
from jobs.silver import main as silver
from jobs.silver.conservation import count
from streaming.broker.node import EmbeddedBroker
from tests.faults import stream
from tests.faults.conftest import Prover
from tests.faults.killing import killed_once
from tests.faults.matrix import Fault

pytestmark = [pytest.mark.fault, pytest.mark.kafka, pytest.mark.spark, pytest.mark.timeout(1200)]
# In the order in which a batch writes them; a repeated topic has duplicates, too.
WRITTEN = ["films", "viewers", "viewing", "boxoffice", "quarantine"]
_COMPILED = {"CINELOOP_QUERIES": "compiled"}  # the batch is repeated interpreted: both settle alike


def test_bronze(spark: SparkSession, source: EmbeddedBroker, undisturbed: Lake, lake: Lake, prove: Prover) -> None:
    written = Path(lake.path(bronze.TABLE), "_delta_log", "00000000000000000001.json")  # the first makes the table
    pid = killed_once(written, [*_job("jobs.bronze", lake), "--bootstrap", source.bootstrap])
    in_flight = lake.read(spark, bronze.TABLE).count()
    assert in_flight and _numbers(lake, "bronze", "offsets") == {"0"} and not _numbers(lake, "bronze", "commits")
    stream.ingest(spark, lake, source.bootstrap)
    assert lake.read(spark, bronze.TABLE).count() == sum(stream.on_topics(source.bootstrap))
    outcome = _settled(spark, lake, undisturbed)
    prove(Fault.WRITE_COMMIT, "SIGKILL in bronze's batch, once the table was written", _told(pid, in_flight), outcome)


@pytest.mark.parametrize(
    "table", [table if table == "viewers" else pytest.param(table, marks=pytest.mark.soak) for table in WRITTEN]
)
def test_silver(spark: SparkSession, undisturbed: Lake, lake: Lake, table: str, prove: Prover) -> None:
    shutil.copytree(undisturbed.path("bronze"), lake.path("bronze"))
    written = Path(lake.path(f"silver/{table}"), "_delta_log", "00000000000000000000.json")
    pid = killed_once(written, _job("jobs.silver.main", lake), _COMPILED)
    standing = [name for name in WRITTEN if lake.exists(spark, f"silver/{name}")]
    assert standing == WRITTEN[: WRITTEN.index(table) + 1], "killed in mid-batch"
    assert _numbers(lake, "silver", "offsets") == {"0"} and not _numbers(lake, "silver", "commits")
    in_flight = lake.read(spark, bronze.TABLE).count()
    silver.start(spark, lake).awaitTermination()
    outcome = _settled(spark, lake, undisturbed)
    injected = f"SIGKILL in silver's batch, once {len(standing)} of {len(WRITTEN)} tables were written"
    prove(Fault.WRITE_COMMIT, injected, _told(pid, in_flight), outcome)


def _job(module: str, lake: Lake) -> list[str]:
    return [sys.executable, "-m", module, "--lake", lake.root, "--checkpoints", lake.checkpoints]


def _numbers(lake: Lake, name: str, log: str) -> set[str]:
    return {path.name for path in Path(lake.checkpoint(name), log).glob("[0-9]*")}


def _settled(spark: SparkSession, lake: Lake, undisturbed: Lake) -> str:
    count(spark, lake).verify()
    return stream.equal(spark, lake, undisturbed)


def _told(pid: int, in_flight: int) -> str:
    return f"process {pid} gone; batch 0 of {in_flight} records written and not committed"
