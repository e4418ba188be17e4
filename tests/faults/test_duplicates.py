"""Events sent again, and ids used again for something else at another time: the older row stands."""

import pytest
from pyspark.sql import SparkSession

from jobs.silver.tables import DUPLICATES
from tests.faults.conftest import Prover
from tests.faults.disturbance import Disturbed
from tests.faults.matrix import Fault

pytestmark = [pytest.mark.fault, pytest.mark.kafka, pytest.mark.spark, pytest.mark.timeout(1200)]


def test_what_comes_again_under_an_id_is_a_named_duplicate(
    spark: SparkSession, disturbed: Disturbed, same_as_undisturbed: str, prove: Prover
) -> None:
    before, after = (disturbed.counts[number].duplicates for number in (0, 1))
    again = disturbed.again
    assert (before, after - before) == (0, len(again)), "all that came again is a duplicate, and nothing before it was"
    named = {row["event_id"] for row in disturbed.lake.read(spark, DUPLICATES).select("event_id").collect()}
    assert {event.event_id for event in again} == named
    others = len(disturbed.reused)
    injected = f"{len(again) - others} events sent again, and {others} ids used for other events, a year off"
    prove(Fault.DUPLICATES, injected, f"{after - before} rows in silver/duplicates", same_as_undisturbed)
