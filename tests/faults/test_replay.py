"""All that the topics ever held, sent again: nothing is there twice."""

import pytest
from pyspark.sql import SparkSession

from jobs.lake import Lake
from jobs.silver.conservation import count
from streaming.broker.node import EmbeddedBroker
from tests.faults import stream
from tests.faults.conftest import Prover
from tests.faults.matrix import Fault

pytestmark = [pytest.mark.fault, pytest.mark.kafka, pytest.mark.spark, pytest.mark.timeout(1200)]


def test_the_whole_topic_sent_again_adds_nothing(
    spark: SparkSession, source: EmbeddedBroker, undisturbed: Lake, copy: Lake, prove: Prover
) -> None:
    held = count(spark, copy)
    again = stream.events()[::-1]
    stream.send(source.bootstrap, again)  # what adds nothing does not disturb the other tests either
    stream.ingest(spark, copy, source.bootstrap)
    counts = count(spark, copy)
    counts.verify()
    doubles = counts.duplicates - held.duplicates
    assert doubles == counts.bronze - held.bronze >= len(again)
    fired = f"{counts.bronze - held.bronze} records read again, {doubles} duplicates found"
    outcome = stream.equal(spark, copy, undisturbed)
    prove(Fault.REPLAY, f"all {len(again)} events sent again, the last first, after they had settled", fired, outcome)
