"""What tests of faults share: the way to put down that a fault was survived."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.lake import Lake
from streaming.broker.node import EmbeddedBroker
from tests.faults import disturbance, stream, third_cycle
from tests.faults.matrix import Fault, Proof


class Prover:
    """Notes proofs under the name of the test that gives them."""

    def __init__(self, test: str) -> None:
        self._test = test

    def __call__(self, fault: Fault, injected: str, fired: str, outcome: str) -> None:
        """Note that the fault was injected, that it fired, and what it changed; the last line of a test."""
        Proof(fault, injected, fired, outcome).note(self._test)


@pytest.fixture
def prove(request: pytest.FixtureRequest) -> Prover:
    """Writes the test's row of the fault matrix."""
    return Prover(request.node.name)


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBroker]:
    """A broker whose topics hold `stream.events()`, once or more often."""
    with stream.broker(tmp_path_factory.mktemp("kafka") / "broker") as running:
        stream.send(running.bootstrap, stream.events())
        yield running


@pytest.fixture(scope="session")
def undisturbed(spark: SparkSession, source: EmbeddedBroker, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The lake as it is when nothing goes wrong."""
    lake = stream.lake_in(tmp_path_factory.mktemp("undisturbed"))
    stream.ingest(spark, lake, source.bootstrap)
    return lake


@pytest.fixture
def copy(undisturbed: Lake, tmp_path: Path) -> Lake:
    """A copy of the undisturbed lake in a state folder, `tmp_path`, to be torn."""
    shutil.copytree(undisturbed.root, tmp_path / "lake")
    shutil.copytree(undisturbed.checkpoints, tmp_path / "checkpoints")
    return stream.lake_in(tmp_path)


@pytest.fixture(scope="session")
def disturbed(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[disturbance.Disturbed]:
    """The lake of the same events out of order, late, sent again and amid poison, all on topics of its own."""
    with stream.broker(tmp_path_factory.mktemp("disturbed-kafka") / "broker") as running:
        yield disturbance.arrive(spark, stream.lake_in(tmp_path_factory.mktemp("disturbed")), running.bootstrap)


@pytest.fixture(scope="session")
def same_as_undisturbed(spark: SparkSession, disturbed: disturbance.Disturbed, undisturbed: Lake) -> str:
    """How much was compared of the disturbed lake and found equal: silver, quarantine, features to the bit."""
    return disturbance.equal(spark, disturbed.lake, undisturbed)


@pytest.fixture(scope="session")
def undisturbed_third(turned: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state after a third cycle in which nothing went wrong."""
    state = third_cycle.copy(turned, tmp_path_factory.mktemp("undisturbed"))
    third_cycle.end_once_closed(third_cycle.started(state), state)
    return state
