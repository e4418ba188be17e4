"""The broker is killed while producers and the serving app send to it, and started again."""

import os
import shutil
import signal
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from streaming.broker.node import EmbeddedBroker
from streaming.kafka.admin import ensure_topics
from streaming.kafka.consumer import read_topic
from streaming.kafka.producer import EventProducer
from streaming.kafka.topics import VIEWING
from tests.faults.conftest import Prover
from tests.faults.matrix import Fault
from tests.serving.running import App, posted, running, within
from tests.serving.small_state import make
from tests.streaming.samples import rating

pytestmark = [pytest.mark.kafka, pytest.mark.fault]
POSTERS, BATCHES, BATCH = 24, 4, 5


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    """A broker that the test may kill."""
    broker = EmbeddedBroker(tmp_path / "broker")
    broker.start()
    ensure_topics(broker.bootstrap)
    yield broker
    broker.stop()


def stopped(broker: EmbeddedBroker) -> int:
    """Stop the process in mid-stream, so that what follows is surely under way when the kill comes."""
    pid = broker.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    return pid


def times_on_topic(broker: EmbeddedBroker) -> Counter[str]:
    return Counter(got.event.event_id for got in read_topic(broker.bootstrap, VIEWING.name))  # type: ignore[union-attr]


def test_what_a_producer_sends_is_there_once(mortal: EmbeddedBroker, prove: Prover) -> None:
    sent = 0

    def send(producer: EventProducer, count: int) -> None:
        nonlocal sent
        for _ in range(count):
            producer.send(rating(sent, f"v{sent % 50}"), "tests")
            sent += 1

    with EventProducer(mortal.bootstrap) as producer:
        while producer.acknowledged == 0:
            send(producer, 100)
        pid = stopped(mortal)
        send(producer, 1_000)
        acknowledged, in_flight = producer.acknowledged, producer.in_flight
        os.kill(pid, signal.SIGKILL)
        assert acknowledged > 0
        assert in_flight >= 100
        send(producer, 500)
        mortal.start()
        send(producer, 500)
        assert producer.flush() == sent
    assert mortal.status().pid != pid
    assert times_on_topic(mortal) == Counter(f"r{number}" for number in range(sent))
    prove(
        Fault.BROKER_KILL,
        "SIGKILL of the broker while a producer sends; started again",
        f"process {pid} gone; {acknowledged:,} records acknowledged, {in_flight:,} in flight",
        f"equal ({sent:,} ids on the topic, each once)",
    )


def test_what_the_app_acknowledged_is_there_once_and_it_knows_what_one_undisturbed_knows(
    mortal: EmbeddedBroker, broker: EmbeddedBroker, tmp_path: Path, prove: Prover
) -> None:
    calm = make(tmp_path / "calm", broker.bootstrap)
    shutil.copytree(calm.state.keys, tmp_path / "struck" / "keys")
    struck = make(tmp_path / "struck", mortal.bootstrap)
    with running(struck.world) as app, running(calm.world) as undisturbed, ThreadPoolExecutor(POSTERS) as posters:
        for number, codes in together(posters, undisturbed, range(BATCHES)).items():
            assert codes.result() == [202], number
        before = together(posters, app, [0])
        wait(before.values())
        pid = stopped(mortal)
        under_way = together(posters, app, range(1, BATCHES))
        within(20, lambda: app.metric("requests_in_flight") >= POSTERS)
        in_flight = int(app.metric("requests_in_flight")) - 1  # the one that asks
        os.kill(pid, signal.SIGKILL)
        mortal.start()
        posts = {**before, **under_way}
        at_once = [post for post, codes in posts.items() if codes.result() == [202]]
        seen = times_on_topic(mortal)
        assert {name for post in posts for name in ids(*post)} <= set(seen), "what was acknowledged is there"
        assert {seen[name] for post in at_once for name in ids(*post)} == {1} and len(at_once) >= POSTERS
        for who in range(POSTERS):
            within(30, lambda who=who: knows(app, who) == knows(undisturbed, who))
            assert knows(app, who)[1]["events"] == {"like": BATCHES * BATCH}
    prove(
        Fault.BROKER_KILL,
        f"SIGKILL of the broker while {POSTERS} clients post to the serving app; started again",
        f"process {pid} gone; {in_flight} requests in flight, {len(posts) - len(at_once)} refused and sent again",
        f"equal ({len(posts) * BATCH} ids on the topic, those acknowledged at once each once; all slates and profiles)",
    )


def together(pool: ThreadPoolExecutor, app: App, batches: Iterable[int]) -> dict[tuple[int, int], Future[list[int]]]:
    """All posters post these batches: poster and batch → the answers' codes."""
    return {(who, batch): pool.submit(post, app, who, batch) for batch in batches for who in range(POSTERS)}


def ids(who: int, batch: int) -> tuple[str, ...]:
    return tuple(f"kill-{who}-{batch}-{n}" for n in range(BATCH))


def post(app: App, who: int, batch: int) -> list[int]:
    """Post a batch until it is acknowledged; the answers' codes."""
    films = [f"{('comedy', 'western')[who % 2]}-{(who + batch * BATCH + n) % 12:02d}" for n in range(BATCH)]
    at = 1_700_000_000_000 + batch
    events = [
        posted(name, f"poster-{who}", film, occurred_at=at) for name, film in zip(ids(who, batch), films, strict=True)
    ]
    codes = []
    while 202 not in codes:
        codes.append(app.post(*events).status_code)
        assert set(codes) <= {202, 503}
    return codes


def knows(app: App, who: int) -> tuple[dict, dict]:
    """A poster's slate and profile."""
    return app.slate(f"poster-{who}"), app.http.get(f"/v1/viewers/poster-{who}/profile").json()
