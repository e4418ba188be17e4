"""Producers of other schemas in mid-stream: newer ones, older ones, incompatible ones, and types that nobody knows."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kafka import KafkaProducer
from pyspark.sql import SparkSession

from jobs.lake import Lake
from jobs.silver.conservation import count
from jobs.silver.tables import QUARANTINE
from streaming.broker.node import EmbeddedBroker
from streaming.errors import CodecError
from streaming.kafka.consumer import end_offsets, read_topic
from streaming.kafka.topics import TOPICS, topic_of
from streaming.schema.events import Event, FilmDescribed, Play, Rate, ViewerDescribed
from tests.faults import stream
from tests.faults.conftest import Prover
from tests.faults.matrix import Fault
from tests.jobs.bronze_rows import day, film, rate

pytestmark = [pytest.mark.fault, pytest.mark.kafka, pytest.mark.spark, pytest.mark.timeout(1200)]
Change = Callable[[dict], dict]

_NEWER = {"mood": "happy", "device": {"kind": "tv", "screens": [1, 2]}, "fraction_of_attention": 0.5}
_ATTRIBUTES = {"ce_dataschema": b"https://example.org/rate/9", "ce_traceparent": b"00-1", "ce_tag": b""}
# id → what an incompatible producer makes of a rating, and the reason for which the lake quarantines it
INCOMPATIBLE: dict[str, tuple[Change, str]] = {
    "rating-in-words": (lambda body: {**body, "rating": "four"}, "malformed body"),
    "time-in-words": (lambda body: {**body, "occurred_at": "2024-02-29T20:15:00Z"}, "malformed body"),
    "film-as-object": (lambda body: {**body, "film_id": {"catalogue": "imdb"}, "rating": [4]}, "malformed body"),
    "rating-renamed": (lambda body: {**without(body, "rating"), "grade": 4}, "no rating"),
}


def without(body: dict, *fields: str) -> dict:
    return {name: value for name, value in body.items() if name not in fields}


class PlainProducer:
    """A Kafka client that knows nothing of our models."""

    def __init__(self, bootstrap: str) -> None:
        self._producer = KafkaProducer(bootstrap_servers=bootstrap)

    def send(self, event: Event, change: Change = dict, **attributes: bytes) -> None:
        """The event as by another schema; `attributes` replace headers, or come beside them."""
        topic = topic_of(event.type)
        record = topic.codec.encode(event, "test#L1")
        body = json.dumps(change(json.loads(record.value))).encode()
        headers = list({**dict(record.headers), **attributes}.items())
        self._producer.send(topic.name, key=record.key, value=body, headers=headers)

    def close(self) -> None:
        """Wait for what is on its way."""
        self._producer.flush()
        self._producer.close()


def told() -> tuple[list[Event], list[Event], list[Event]]:
    """A stream in three parts, each with all kinds: before the change of schema, amid it, and after it."""
    films = [event for event in stream.events() if isinstance(event, FilmDescribed)]
    others = [event for event in stream.events() if not isinstance(event, FilmDescribed)]
    others += [day(f"old{n}", "f2", f"2023-02-{n + 1:02d}", 500.0) for n in range(5)]
    return [*films, *others[0::3]], [film("f9"), *others[1::3]], others[2::3]


def send_changed(bootstrap: str, events: list[Event]) -> int:
    """Send good events by other schemas, and between them what no schema of ours reads; returns the records sent."""
    producer, sent = PlainProducer(bootstrap), 0
    for event in events:
        if isinstance(event, Rate):
            producer.send(event, lambda body: {**body, **_NEWER})
        elif isinstance(event, Play):
            producer.send(event, **_ATTRIBUTES)
        elif isinstance(event, FilmDescribed | ViewerDescribed):
            producer.send(event, lambda body: {**body, "schema_version": 9, "aliases": [{"of": "title"}]})
        else:
            producer.send(event, lambda body: without(body, "territory", "screens", "rank"))
        sent += 1
    for identity, (change, _) in INCOMPATIBLE.items():
        producer.send(rate(identity, "f1", 4, "v3"), change)
    producer.send(rate("unheard-of", "f1", 4, "v3"), ce_type=b"viewing.telepathy")
    producer.send(rate("wrong-topic", "f1", 4, "v3"), ce_type=b"decision.slate")
    producer.close()
    return sent + len(INCOMPATIBLE) + 2


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBroker]:
    with stream.broker(tmp_path_factory.mktemp("kafka") / "broker") as running:
        yield running


@pytest.fixture(scope="module")
def undisturbed(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The lake of the same events by one schema."""
    folder = tmp_path_factory.mktemp("one-schema")
    lake = stream.lake_in(folder)
    with stream.broker(folder / "broker") as running:
        stream.send(running.bootstrap, [event for part in told() for event in part])
        stream.ingest(spark, lake, running.bootstrap)
    return lake


def test_other_schemas_in_mid_stream(
    spark: SparkSession, source: EmbeddedBroker, undisturbed: Lake, tmp_path: Path, prove: Prover
) -> None:
    lake, (before, amid, after) = stream.lake_in(tmp_path), told()
    stream.send(source.bootstrap, before)
    stream.ingest(spark, lake, source.bootstrap)
    changed = send_changed(source.bootstrap, amid)
    stream.send(source.bootstrap, after)
    stream.ingest(spark, lake, source.bootstrap)
    held, wanted = (stream.contents(spark, each) for each in (lake, undisturbed))
    refused = {row["event_id"]: row["reason"] for row in lake.read(spark, QUARANTINE).collect()}
    expected = {identity: reason for identity, (_, reason) in INCOMPATIBLE.items()}
    expected |= {"unheard-of": "unknown type viewing.telepathy", "wrong-topic": "unknown type decision.slate"}
    assert {name: refused.get(name) for name in expected} == expected
    kept = [row for row in held.pop(QUARANTINE) if not any(repr(name) in row for name in expected)]
    assert _judged(kept) == _judged(wanted.pop(QUARANTINE)) and held == wanted
    counts = count(spark, lake)
    counts.verify()
    on_topics = sum(sum(ends.values()) for ends in end_offsets(source.bootstrap, [t.name for t in TOPICS]).values())
    assert counts.bronze == on_topics == len(before) + len(amid) + len(after) + len(expected)
    unreadable = [got for got in read_topic(source.bootstrap, "viewing.events") if isinstance(got.event, CodecError)]
    assert len(unreadable) == len(expected), "a consumer is told of each, and goes on"
    prove(
        Fault.SCHEMA_CHANGE,
        f"{changed} of {on_topics} records by a newer, an older, an incompatible and an unknown schema, in mid-stream",
        f"{len(before)} records were settled before, {len(after)} came after; {len(expected)} cannot be read",
        f"equal ({sum(map(len, held.values()))} rows of silver); {len(expected)} more in quarantine, with reasons",
    )


def _judged(rows: list[str]) -> list[str]:
    """Rows of the quarantine without the bytes, which tell the producers apart."""
    return sorted(row.partition("'event_id'")[2] for row in rows)
