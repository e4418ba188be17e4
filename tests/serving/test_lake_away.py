"""The lake or the topic is not what the app expects: it says why in its own words, goes on trying, and heals."""

import logging
import shutil
from collections.abc import Callable
from threading import Event as Signal

import httpx
import pytest
from kafka import KafkaProducer

from pipelines.lake.histories import SILVER
from streaming.kafka.consumer import end_offsets
from streaming.kafka.producer import EventProducer
from streaming.kafka.topics import VIEWING
from streaming.schema.events import Like, ViewingEvent
from streaming.serving.health.background import BackgroundThread
from streaming.serving.health.metrics import Metrics
from streaming.serving.health.readiness import Readiness
from streaming.serving.histories.lake_histories import LakeHistories
from streaming.serving.histories.store import IngestOutcome, Place, ViewerHistories
from streaming.serving.histories.topic_listener import TopicListener
from tests.serving.running import App, posted, running, within
from tests.serving.small_state import SmallState

pytestmark = [pytest.mark.kafka, pytest.mark.fault]


def refused(app: App) -> httpx.Response:
    """What `/readyz` answers while the app is not ready, for a cause in its own words."""
    answer = app.http.get("/readyz")
    assert answer.status_code == 503 and app.http.get("/healthz").status_code == 200
    return answer


@pytest.mark.parametrize("how", ["torn", "away"])
def test_a_lake_that_heals_makes_the_app_ready_without_a_restart(
    copied: Callable[[], SmallState], app: App, how: str
) -> None:
    small = copied()
    broken = small.state.lake if how == "away" else small.state.lake / SILVER / "_delta_log"
    aside = small.state.root / "aside"
    shutil.copytree(broken, aside)
    shutil.rmtree(broken)
    if how == "torn":
        broken.mkdir()
        (broken / "00000000000000000000.json").write_text('{"metaData": torn')
    with running(small.world, ready=False) as trying:
        within(30, lambda: trying.metric("retries_total", part="history-loader") >= 2)
        answer = refused(trying)
        assert answer.json()["reasons"]["histories"]["code"] == "lake-unreadable"
        assert trying.http.get("/v1/viewers/viewer-02/slate").status_code == 503
        for told in (str(small.state.root), "Error", "Exception", "Traceback", "_delta_log", "NothingThere"):
            assert told not in answer.text
        shutil.rmtree(broken, ignore_errors=True)
        shutil.copytree(aside, broken)
        trying.await_ready()
        assert trying.films("viewer-02") == app.films("viewer-02"), "as of an app whose lake was always whole"


def test_an_app_on_another_clusters_lake_says_so_and_is_ready_once_the_lake_is_rebuilt(
    copied: Callable[[], SmallState],
) -> None:
    small = copied()
    newest = max(small.state.cycles.glob("*.json"))
    whole = newest.read_text()
    newest.write_text(whole.replace(f'"{VIEWING.name}": {{', f'"{VIEWING.name}": {{"99": 5, ', 1))
    with running(small.world, ready=False) as app:
        within(30, lambda: refused(app).json()["reasons"]["histories"]["code"] == "other-cluster")
        newest.write_text(whole)
        app.await_ready()


def test_no_record_of_the_topic_deafens_the_app(small: SmallState, app: App) -> None:
    attributes = [("ce_id", b"poison"), ("ce_type", b"viewing.like")]
    body = b'{"occurred_at":1700000000000,"viewer_id":"v","film_id":"western-01"}'
    poison = [
        (body, []),
        (b"\xff\x00", attributes),
        (b"[" * 50_000, attributes),
        (b'{"occurred_at":' + b"9" * 5_000 + b"}", attributes),
        (None, attributes),
        (body, [("ce_id", b"poison"), ("ce_type", b"viewing.telepathy")]),
    ]
    before = app.metric("events_consumed_total")
    producer = KafkaProducer(bootstrap_servers=small.bootstrap)
    for partition in producer.partitions_for(VIEWING.name):
        for value, headers in poison:
            producer.send(VIEWING.name, value, b"poison", headers, partition)
    producer.flush()
    producer.close()
    app.post(posted("after-poison", "survivor", "western-03"))
    within(30, lambda: app.http.get("/v1/viewers/survivor/profile").json()["events"].get("like") == 1)
    assert app.metric("events_consumed_total") > before + len(poison)


def test_an_event_that_nobody_foresaw_is_passed_over(small: SmallState) -> None:
    class Frail(ViewerHistories):
        def ingest(self, event: ViewingEvent, appended_at: int, place: Place) -> IngestOutcome:
            if event.viewer_id == "unforeseen":
                raise OverflowError("nobody foresaw this")
            return super().ingest(event, appended_at, place)

    viewers, metrics = Frail(LakeHistories()), Metrics()
    ends = end_offsets(small.bootstrap, [VIEWING.name])[VIEWING.name]
    listener = TopicListener(small.bootstrap, viewers, ends, Readiness(), metrics)
    listener.start()
    with EventProducer(small.bootstrap) as producer:
        for who in ("unforeseen", "foreseen", "unforeseen", "foreseen-too"):
            event = Like(event_id=f"{who}-{producer.acknowledged}", occurred_at=1, viewer_id=who, film_id="western-01")
            producer.send(event, "tests")
            producer.flush()
    within(20, lambda: viewers.snapshot("foreseen").interactions and viewers.snapshot("foreseen-too").interactions)
    listener.stop()
    assert b'cineloop_events_consumed_total{outcome="unreadable"} 2.0' in metrics.exposition()


def test_work_that_fails_begins_anew_and_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    class Frail(BackgroundThread):
        calls, done = 0, Signal()

        def _work(self) -> None:
            self.calls += 1
            if self.calls == 1:
                raise RuntimeError("nobody foresaw this")
            self.done.set()

    metrics = Metrics()
    frail = Frail("frail", metrics)
    with caplog.at_level(logging.ERROR, "cineloop.serving"):
        frail.start()
        assert frail.done.wait(5)
        frail.stop()
    assert b'cineloop_retries_total{part="frail"} 1.0' in metrics.exposition()
    assert "the frail failed" in caplog.text and "nobody foresaw this" in caplog.text
