"""The small state, and one app on it that tests share."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipelines.platform.state import State
from streaming.broker.node import EmbeddedBroker
from tests.serving.running import App, running
from tests.serving.small_state import SmallState, make


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory, broker: EmbeddedBroker) -> SmallState:
    """A small state on the shared broker. Who changes it takes a copy."""
    return make(tmp_path_factory.mktemp("small"), broker.bootstrap)


@pytest.fixture
def copied(small: SmallState, tmp_path: Path) -> Callable[[], SmallState]:
    """Makes a copy of the small state."""

    def copy() -> SmallState:
        root = tmp_path / "state"
        shutil.copytree(small.state.root, root)
        return SmallState(State.at(root), small.bootstrap)

    return copy


@pytest.fixture(scope="session")
def app(small: SmallState) -> Iterator[App]:
    """An app on the small state. Tests use viewers of their own."""
    with running(small.world) as served:
        yield served
