"""The broker goes away while the app serves, and comes back."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streaming.admin import ensure_topics
from streaming.broker import EmbeddedBroker
from streaming.consumer import read_topic
from streaming.topics import VIEWING
from tests.serving.running import posted, running, within
from tests.serving.small_state import SmallState

pytestmark = [pytest.mark.kafka, pytest.mark.fault]


@pytest.fixture
def mortal(copied: Callable[[], SmallState], tmp_path: Path) -> Iterator[SmallState]:
    """The small state on a broker of its own, before its first cycle."""
    state = copied().state
    shutil.rmtree(state.cycles)
    with EmbeddedBroker(tmp_path / "broker") as broker:
        ensure_topics(broker.bootstrap)
        yield SmallState(state, broker.bootstrap)


def test_slates_are_served_without_a_broker_and_nothing_accepted_is_lost(mortal: SmallState, tmp_path: Path) -> None:
    broker = EmbeddedBroker(tmp_path / "broker")
    accepted = []
    with running(mortal.world) as app:
        assert app.post(posted("before", "anna", "western-01")).status_code == 202
        accepted.append("before")
        within(20, lambda: not app.slate("anna")["newcomer"])
        before = app.slate("anna")
        broker.kill()
        within(10, lambda: app.ready()["status"] == "degraded")
        assert "broker" in app.ready()["reasons"]
        assert app.slate("anna") == before, "what is known is served"
        assert len(app.films("never-asked-before")) == 10, "and what can be ranked is ranked"
        for number in range(3):
            refused = app.post(posted(f"away-{number}", "anna", "comedy-01"))
            assert refused.status_code == 503 and "Send all of it again" in refused.json()["detail"]
            assert refused.headers["retry-after"]
        assert app.slate("anna") == before, "what was not accepted has not happened"
        broker.start()
        within(20, lambda: app.ready()["status"] == "ready")
        within(20, lambda: app.post(posted("after", "anna", "western-02")).status_code == 202)
        accepted.append("after")
        within(20, lambda: app.films("anna") != [film["film_id"] for film in before["films"]])
        within(20, lambda: app.metric("decisions_waiting") == 0)
        assert app.metric("decisions_dropped_total") == 0
    stored = {got.event.event_id for got in read_topic(mortal.bootstrap, VIEWING.name)}
    assert set(accepted) <= stored
