"""The broker killed while a cycle reads from it: it comes back, and the cycle is as it would have been."""

from pathlib import Path

import pytest

from streaming.broker.node import EmbeddedBroker
from tests.faults import third_cycle
from tests.faults.conftest import Prover
from tests.faults.equality import equal
from tests.faults.matrix import Fault

pytestmark = [
    *(pytest.mark.fault, pytest.mark.soak, pytest.mark.kafka, pytest.mark.spark),
    pytest.mark.timeout(3600),
]


def test_a_broker_killed_while_a_cycle_reads(
    turned: Path, undisturbed_third: Path, tmp_path: Path, prove: Prover
) -> None:
    state = third_cycle.copy(turned, tmp_path)
    before = third_cycle.record(state)["seconds"]
    run = third_cycle.started(state)
    third_cycle.until(lambda: any((state / "dagster" / "executing").glob("*")), run)
    broker = EmbeddedBroker(state / "broker")
    killed = broker.status().pid
    broker.kill()
    assert broker.died and third_cycle.record(state)["seconds"] == before, "killed before it was read"
    third_cycle.end_once_closed(run, state)
    prove(
        Fault.BROKER_KILL,
        injected="SIGKILL of the embedded broker under `cineloop run`, as the cycle begins to read the topics",
        fired=f"process {killed} gone, no record read",
        outcome=equal(state, undisturbed_third),
    )
