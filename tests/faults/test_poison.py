"""Records that are no events to be believed: each is quarantined with its reason, and nothing else is touched."""

import pytest
from pyspark.sql import SparkSession

from jobs.silver.tables import QUARANTINE
from tests.faults.conftest import Prover
from tests.faults.disturbance import Disturbed
from tests.faults.matrix import Fault

pytestmark = [pytest.mark.fault, pytest.mark.kafka, pytest.mark.spark, pytest.mark.timeout(1200)]


def test_poison_is_quarantined_with_its_reason(
    spark: SparkSession, disturbed: Disturbed, same_as_undisturbed: str, prove: Prover
) -> None:
    refused = disturbed.lake.read(spark, QUARANTINE).where("event_id like 'poison-%'").collect()
    assert sorted(row["reason"] for row in refused) == sorted(each.reason for each in disturbed.poison)
    received = {bytes(row["value"]) if row["value"] is not None else None for row in refused}
    assert received == {each.value for each in disturbed.poison}, "the bytes stand there as received"
    among = sum(map(len, disturbed.arrivals))
    injected = f"malformed bytes, wrong types, numbers beyond all bounds, 500 kB, among {among} events on real topics"
    fired = f"{len(refused)} of {len(disturbed.poison)} records in quarantine, each with its reason"
    prove(Fault.POISON, injected, fired, same_as_undisturbed)
