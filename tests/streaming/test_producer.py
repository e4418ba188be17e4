"""What is sent arrives, once and in order for each key; what does not arrive is told."""

import pytest
from kafka.partitioner import DefaultPartitioner, Partitioner

from streaming.broker.node import EmbeddedBroker
from streaming.errors import BrokerError, DeliveryError
from streaming.kafka.consumer import end_offsets, read_records, read_topic
from streaming.kafka.producer import EventProducer, KeyHashPartitioner
from streaming.kafka.topics import VIEWING, topic_of
from streaming.schema.events import EVENT_MODELS
from tests.streaming.samples import one_of_each, rating

pytestmark = pytest.mark.kafka


def test_an_event_of_every_type_comes_back_as_it_was_sent(broker: EmbeddedBroker) -> None:
    sent = one_of_each()
    assert {event.type for event in sent} == set(EVENT_MODELS)
    names = {topic_of(event.type).name for event in sent}
    starts = end_offsets(broker.bootstrap, sorted(names))
    with EventProducer(broker.bootstrap) as producer:
        for event in sent:
            producer.send(event, "tests#L1")
        assert producer.flush() == len(sent)
    received = [got.event for name in names for got in read_topic(broker.bootstrap, name, starts[name])]
    assert sorted(received, key=str) == sorted(sent, key=str)


def test_a_record_is_a_cloud_event_in_binary_mode(broker: EmbeddedBroker) -> None:
    start = end_offsets(broker.bootstrap, [VIEWING.name])[VIEWING.name]
    with EventProducer(broker.bootstrap) as producer:
        producer.send(rating(7, "v7"), "ml-1m/ratings.dat#L7")
    (record,) = read_records(broker.bootstrap, VIEWING.name, start)
    assert record.key == b"v7"
    assert dict(record.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": b"r7",
        "ce_source": b"ml-1m/ratings.dat#L7",
        "ce_type": b"viewing.rate",
        "content-type": b"application/json",
    }


def test_each_key_keeps_its_order(broker: EmbeddedBroker) -> None:
    start = end_offsets(broker.bootstrap, [VIEWING.name])[VIEWING.name]
    with EventProducer(broker.bootstrap) as producer:
        for number in range(3_000):
            producer.send(rating(number, f"v{number % 7}"), "tests")
    times: dict[str, list[int]] = {}
    for got in read_topic(broker.bootstrap, VIEWING.name, start):
        times.setdefault(got.event.viewer_id, []).append(got.event.occurred_at)
    assert {viewer: len(seen) for viewer, seen in times.items()} == {f"v{n}": len(range(n, 3_000, 7)) for n in range(7)}
    assert all(seen == sorted(seen) for seen in times.values())


class Cluster:
    """Three partitions, which is all that a partitioner asks of a cluster."""

    def topics(self) -> set[str]:
        return {"t"}

    def partitions_for_topic(self, topic: str) -> set[int]:
        return {2, 0, 1}

    available_partitions_for_topic = partitions_for_topic


def test_keys_go_where_every_kafka_client_would_put_them() -> None:
    ours, theirs = KeyHashPartitioner(), DefaultPartitioner()

    def place(partitioner: Partitioner, key: bytes) -> int:
        return partitioner.partition("t", key, key, None, None, Cluster())

    keys = [b"", b"v1", *(f"{n:032x}".encode() for n in range(100))]
    assert [place(ours, key) for key in keys] == [place(theirs, key) for key in keys]


def test_where_no_broker_answers_the_error_says_how_to_start_one() -> None:
    with pytest.raises(BrokerError, match="cineloop broker start"):
        EventProducer("127.0.0.1:9")


def test_a_refused_record_is_told_at_once(broker: EmbeddedBroker) -> None:
    with (
        pytest.raises(DeliveryError, match="larger than the maximum request size"),
        EventProducer(broker.bootstrap) as producer,
    ):
        producer.send_raw(VIEWING.name, b"k", bytes(2_000_000))
