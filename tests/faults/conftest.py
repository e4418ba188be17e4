"""What tests of faults share: the way to put down that a fault was survived."""

import pytest

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
