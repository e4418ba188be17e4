"""Bounds that hold without a server: buckets, cached answers, the queue of decisions, shedding."""

import asyncio
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streaming.schema.events import Slate
from streaming.serving.delivery.acknowledger import Acknowledger
from streaming.serving.delivery.batch_sender import BatchSender
from streaming.serving.delivery.slate_publisher import SlatePublisher
from streaming.serving.health.metrics import Metrics
from streaming.serving.http.answer_cache import AnswerCache, CachedAnswer
from streaming.serving.http.api_keys import ApiKeys
from streaming.serving.http.middleware import Limits, wrapped
from streaming.serving.http.problem_details import Problem
from streaming.serving.http.rate_limit import TokenBuckets


def test_a_bucket_empties_and_fills_again() -> None:
    now = 0.0
    buckets = TokenBuckets(rate=2, burst=3, clock=lambda: now)
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 1]
    assert buckets.take("b") == 0, "each client has its own"
    now = 0.5
    assert [buckets.take("a") for _ in range(2)] == [0, 1]


def test_ten_thousand_clients_are_remembered_and_then_the_oldest_is_forgotten() -> None:
    buckets = TokenBuckets(rate=1, burst=1, clock=lambda: 0.0)
    for number in range(10_000):
        assert buckets.take(f"client {number}") == 0
    assert buckets.take("client 0") == 1, "its bucket is empty still"
    assert buckets.take("one more") == 0
    assert buckets.take("client 0") == 0 and buckets.take("client 9999") == 1, "only the oldest begins anew"


def body(answers: AnswerCache, target: bytes) -> bytes | None:
    found = answers.find(target)
    return found.body if found else None


def test_a_cached_answer_holds_until_its_model_viewer_or_time_changes() -> None:
    world = {"generation": 1, "revision": 5, "now": 0.0}
    answers = AnswerCache(lambda: world["generation"], lambda viewer: world["revision"], lambda: world["now"])
    answers.keep(b"a", CachedAnswer(b"A", 1, "v", 5, until=10))
    assert body(answers, b"a") == b"A"
    for key, other, before in (("generation", 2, 1), ("revision", 6, 5), ("now", 10.0, 0.0)):
        world[key] = other
        assert answers.find(b"a") is None
        world[key] = before


def test_cached_answers_hold_so_many_bytes_and_the_oldest_goes() -> None:
    answers = AnswerCache(lambda: 1, lambda viewer: 0, lambda: 0.0, most=10_000)
    for name in (b"a", b"b", b"b", b"c"):
        answers.keep(name, CachedAnswer(name * 3_000, 1, None, 0, until=10))
    assert answers.find(b"a") is None, "the oldest has gone"
    assert (body(answers, b"b"), body(answers, b"c")) == (b"b" * 3_000, b"c" * 3_000)
    answers.keep(b"t" * 9_000, CachedAnswer(b"T", 1, None, 0, until=10))
    assert answers.find(b"b") is None and answers.find(b"c") is None, "targets count"
    answers.keep(b"d", CachedAnswer(b"d" * 20_000, 1, None, 0, until=10))
    assert answers.find(b"d") is None, "what is too large is not kept"


def test_decisions_beyond_the_queue_are_counted_and_never_waited_for() -> None:
    metrics = Metrics()
    publisher = SlatePublisher(BatchSender("127.0.0.1:1", 1), metrics, waiting=2)
    slate = Slate(event_id="s", occurred_at=1, viewer_id="v", cycle=1, policy="p", items=())
    for _ in range(5):
        publisher.publish(slate)
    assert metrics.registry.get_sample_value("cineloop_decisions_dropped_total") == 3
    assert metrics.registry.get_sample_value("cineloop_decisions_waiting") == 2


def test_beyond_what_can_be_in_flight_is_refused_and_the_rest_answered() -> None:
    statuses = asyncio.run(_asked(requests=5, in_flight=2))
    assert sorted(statuses) == [200, 200, 429, 429, 429]


async def _asked(requests: int, in_flight: int) -> list[int]:
    """The statuses of requests that all come before the first is answered."""
    opened = asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await opened.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    prepared = AnswerCache(lambda: 0, lambda viewer: 0, lambda: 0.0)
    front = wrapped(slow, ApiKeys(()), True, Limits(in_flight=in_flight), prepared, Metrics())
    asking = [asyncio.ensure_future(_status(front)) for _ in range(requests)]
    await asyncio.sleep(0)
    opened.set()
    return list(await asyncio.gather(*asking))


async def _status(front: ASGIApp) -> int:
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        messages.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": "/v1/viewers/v/slate",
        "raw_path": b"/v1/viewers/v/slate",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1:1")],
        "client": ("127.0.0.1", 1),
    }
    await front(scope, receive, send)
    return int(messages[0]["status"])


def test_batches_beyond_those_that_may_wait_for_kafka_are_refused() -> None:
    asyncio.run(_too_many_batches())


async def _too_many_batches() -> None:
    acknowledger = Acknowledger(BatchSender("127.0.0.1:1", 1), Metrics())  # never started: nothing is taken out
    waiting = [asyncio.ensure_future(acknowledger.accept(())) for _ in range(256)]
    await asyncio.sleep(0)
    with pytest.raises(Problem, match="256 batches wait") as refused:
        await acknowledger.accept(())
    assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "1"})
    for each in waiting:
        each.cancel()


@pytest.mark.parametrize(
    ("host", "local"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("10.0.0.1", False)]
)
def test_what_is_the_loopback(host: str, local: bool) -> None:
    from streaming.serving.http.api_keys import is_loopback

    assert is_loopback(host) is local
