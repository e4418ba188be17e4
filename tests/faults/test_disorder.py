"""Events in any order, all before the films that they are of."""

import pytest

from tests.faults.conftest import Prover
from tests.faults.disturbance import Disturbed
from tests.faults.matrix import Fault

pytestmark = [pytest.mark.fault, pytest.mark.kafka, pytest.mark.spark, pytest.mark.timeout(1200)]


def test_events_that_come_before_their_films_end_as_in_order(
    disturbed: Disturbed, same_as_undisturbed: str, prove: Prover
) -> None:
    first, then = disturbed.counts[:2]
    waited = first.quarantined - then.quarantined + len(_poison_of(disturbed, 1))
    assert (first.silver["viewing"], first.silver["boxoffice"], first.silver["films"]) == (0, 0, 0)
    assert waited == then.silver["viewing"] + then.silver["boxoffice"] > 200
    injected = f"{len(disturbed.arrivals[0])} events shuffled, and their films after them all"
    fired = f"{waited} events waited in quarantine, and none stood in silver, when the films came"
    prove(Fault.DISORDER, injected, fired, same_as_undisturbed)


def _poison_of(disturbed: Disturbed, arrival: int) -> list[object]:
    return [*disturbed.poison[arrival :: len(disturbed.arrivals)]]
