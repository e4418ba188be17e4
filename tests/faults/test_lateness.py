"""Events of weeks ago, and of before every window, that come after all others."""

import pytest

from tests.faults import stream
from tests.faults.conftest import Prover
from tests.faults.disturbance import Disturbed
from tests.faults.matrix import Fault

pytestmark = [pytest.mark.fault, pytest.mark.kafka, pytest.mark.spark, pytest.mark.timeout(1200)]


def test_late_events_count_as_if_they_had_come_in_time(
    disturbed: Disturbed, same_as_undisturbed: str, prove: Prover
) -> None:
    late = disturbed.arrivals[-1]
    before, after = (counts.silver["viewing"] for counts in disturbed.counts[-2:])
    assert after - before == len(late)
    newest = max(event.occurred_at for event in disturbed.arrivals[0])
    weeks = sorted((newest - event.occurred_at) // stream.WEEK_MS for event in late)
    assert weeks[-1] > 1_000 and weeks[len(weeks) // 2] > 10
    injected = f"{len(late)} events {weeks[0]} to {weeks[-1]:,} weeks older than the newest, in an arrival of their own"
    fired = f"{before} rows stood in silver/viewing when the first came, and {after - before} joined them"
    prove(Fault.LATENESS, injected, fired, same_as_undisturbed)
