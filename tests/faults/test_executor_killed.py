"""A Spark executor killed with tasks under way: what they had to do is done by another, once."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pyspark
import pytest
from pyspark.sql import SparkSession

from jobs.lake import Lake
from jobs.silver.conservation import count
from streaming.broker.node import EmbeddedBroker
from tests.commands import REPOSITORY
from tests.faults import stream
from tests.faults.conftest import Prover
from tests.faults.matrix import Fault

pytestmark = [
    *(pytest.mark.fault, pytest.mark.soak, pytest.mark.kafka, pytest.mark.spark),
    pytest.mark.timeout(1200),
]
_CLUSTER = {"CINELOOP_SPARK_MASTER": "local-cluster[2,1,1024]", "SPARK_HOME": str(Path(pyspark.__file__).parent)}


def test_an_executor_killed_in_the_middle_of_silver(
    spark: SparkSession, source: EmbeddedBroker, undisturbed: Lake, lake: Lake, prove: Prover
) -> None:
    command = [sys.executable, "-m", "tests.faults.dying_executor", source.bootstrap, lake.root, lake.checkpoints]
    environment = {**os.environ, **_CLUSTER}
    done = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, timeout=600, env=environment)
    assert done.returncode == 0, done.stderr
    fired = re.search(r"killed \d+ beside \d+: (\d+) tasks under way", done.stdout)
    assert fired and int(fired[1]) > 0, done.stdout
    ours, theirs = (stream.contents(spark, each) for each in (lake, undisturbed))
    assert ours == theirs
    count(spark, lake).verify()
    prove(
        Fault.EXECUTOR,
        injected="SIGKILL of one of two executors (local-cluster[2,1,1024]) in the middle of silver's batch",
        fired=fired[0],
        outcome=f"equal (silver and quarantine: {len(ours)} tables, {sum(map(len, ours.values())):,} rows)",
    )
