"""A client that knows nothing of ours: kafka-python's own producer, and CloudEvents 1.0 in binary mode."""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from kafka import KafkaProducer

from streaming.kafka.topics import topic_of


class Sent(NamedTuple):
    """A record as it is sent."""

    topic: str
    key: bytes | None
    value: bytes
    headers: list[tuple[str, bytes]]


def headers(identity: str, kind: str) -> list[tuple[str, bytes]]:
    """The CloudEvents attributes of an event of a type."""
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", identity.encode()),
        ("ce_source", b"hostile/1"),
        ("ce_type", kind.encode()),
        ("content-type", b"application/json"),
    ]


def event(kind: str, identity: str, key: str, **body: Any) -> Sent:
    """A record of an event of a type, on its topic."""
    value = json.dumps(body, ensure_ascii=False).encode()
    return Sent(topic_of(kind).name, key.encode(), value, headers(identity, kind))


def send(bootstrap: str, records: Iterable[Sent]) -> int:
    """Put records onto their topics, and wait until the broker has each; how many it took."""
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=50, max_request_size=1_048_576)
    try:
        taken = [producer.send(each.topic, each.value, each.key, each.headers) for each in records]
        producer.flush()
        return len([future.get(timeout=60) for future in taken])
    finally:
        producer.close()
