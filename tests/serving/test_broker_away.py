"""The broker goes away while the app serves, and comes back."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Event as Signal
from threading import Thread

import httpx
import pytest

from streaming.broker.node import EmbeddedBroker
from streaming.kafka.admin import ensure_topics
from streaming.kafka.consumer import read_topic
from streaming.kafka.topics import VIEWING
from tests.serving.running import App, posted, running, within
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
    with running(mortal.world) as app:
        assert app.post(posted("before", "anna", "western-01")).status_code == 202
        within(20, lambda: not app.slate("anna")["newcomer"])
        before = app.slate("anna")
        with posting(App(str(app.http.base_url))) as answers:
            within(20, lambda: len(accepted(answers)) > 20)
            broker.kill()
            within(10, lambda: app.ready()["status"] == "degraded")
            assert "broker" in app.ready()["reasons"]
            assert app.slate("anna") == before, "what is known is served"
            assert len(app.films("never-asked-before")) == 10, "and what can be ranked is ranked"
            within(20, lambda: len(refused(answers)) > 0)
            broker.start()
            within(20, lambda: app.ready()["status"] == "ready")
            again = len(accepted(answers))
            within(30, lambda: len(accepted(answers)) > again + 20)
        for answer in refused(answers):
            assert answer.status_code == 503 and "Send all of it again" in answer.json()["detail"]
            assert answer.headers["retry-after"]
        stored = {got.event.event_id for got in read_topic(mortal.bootstrap, VIEWING.name)}
        assert {"before", *accepted(answers)} <= stored
        likes = sum(event.startswith("through-") for event in stored)
        within(20, lambda: app.http.get("/v1/viewers/bert/profile").json()["events"]["like"] == likes)
        within(20, lambda: app.metric("decisions_waiting") == 0)
        assert app.metric("decisions_dropped_total") == 0


@contextmanager
def posting(app: App) -> Iterator[dict[str, httpx.Response]]:
    """Post one like after the other in a thread, whatever becomes of them: event_id → what the app answered."""
    answers: dict[str, httpx.Response] = {}
    ended = Signal()

    def post() -> None:
        for number in count():
            if ended.is_set():
                return
            answers[f"through-{number}"] = app.post(posted(f"through-{number}", "bert", f"comedy-{number % 12:02d}"))

    thread = Thread(target=post)
    thread.start()
    try:
        yield answers
    finally:
        ended.set()
        thread.join(30)


def accepted(answers: dict[str, httpx.Response]) -> list[str]:
    """The events that were."""
    return [event for event, answer in dict(answers).items() if answer.status_code == 202]


def refused(answers: dict[str, httpx.Response]) -> list[httpx.Response]:
    """The answers to the others."""
    return [answer for answer in list(answers.values()) if answer.status_code != 202]
