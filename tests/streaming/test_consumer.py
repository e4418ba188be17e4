"""Reading: from any place, whole, and past what cannot be decoded."""

from collections.abc import Iterable
from itertools import islice

import pytest

from streaming.broker.node import EmbeddedBroker
from streaming.errors import BrokerError, CodecError, UnknownType
from streaming.kafka.consumer import Received, end_offsets, lag, read_topic
from streaming.kafka.producer import EventProducer
from streaming.kafka.topics import CATALOGUE, VIEWING
from tests.streaming.samples import rating

pytestmark = pytest.mark.kafka


def places(received: Iterable[Received]) -> set[tuple[int, int]]:
    return {(each.partition, each.offset) for each in received}


def headers(kind: str, identity: str = "x") -> list[tuple[str, bytes]]:
    return [("ce_id", identity.encode()), ("ce_type", kind.encode())]


def test_what_cannot_be_decoded_is_told_with_its_place_and_stops_nothing(broker: EmbeddedBroker) -> None:
    start = end_offsets(broker.bootstrap, [VIEWING.name])[VIEWING.name]
    with EventProducer(broker.bootstrap) as producer:
        producer.send(rating(1, "same"), "tests")
        producer.send_raw(VIEWING.name, b"same", b"{}", headers("viewing.telepathy"))
        producer.send_raw(VIEWING.name, b"same", b"\xff\x00", headers("viewing.rate"))
        producer.send_raw(VIEWING.name, b"same", b"[]", headers("viewing.rate"))
        producer.send_raw(VIEWING.name, b"same", b"{}", [])
        producer.send(rating(2, "same"), "tests")
    got = list(read_topic(broker.bootstrap, VIEWING.name, start))
    assert [type(each.event) for each in got[1:-1]] == [UnknownType, CodecError, CodecError, CodecError]
    assert [got[0].event, got[-1].event] == [rating(1, "same"), rating(2, "same")]
    (partition,) = {each.partition for each in got}
    assert [each.offset for each in got] == list(range(start[partition], start[partition] + 6))


def test_reading_ends_where_the_topic_ended(broker: EmbeddedBroker) -> None:
    start = end_offsets(broker.bootstrap, [VIEWING.name])[VIEWING.name]
    with EventProducer(broker.bootstrap) as producer:
        for number in range(3):
            producer.send(rating(number), "tests")
        producer.flush()
        whole = places(read_topic(broker.bootstrap, VIEWING.name, start))
        assert len(whole) == 3
        reading = read_topic(broker.bootstrap, VIEWING.name, start)
        first = next(reading)
        producer.send(rating(2), "tests")
        producer.flush()
        assert places([first, *reading]) == whole
    assert list(read_topic(broker.bootstrap, VIEWING.name, "latest")) == []


def test_following_hears_what_is_sent_later(broker: EmbeddedBroker) -> None:
    start = end_offsets(broker.bootstrap, [VIEWING.name])[VIEWING.name]
    following = read_topic(broker.bootstrap, VIEWING.name, start, follow=True)
    with EventProducer(broker.bootstrap) as producer:
        for number in range(5):
            producer.send(rating(number, "one"), "tests")
            producer.flush()
            assert next(following).event == rating(number, "one")
    following.close()


def test_deletions_are_passed_over(broker: EmbeddedBroker) -> None:
    start = end_offsets(broker.bootstrap, [CATALOGUE.name])[CATALOGUE.name]
    with EventProducer(broker.bootstrap) as producer:
        producer.send_raw(CATALOGUE.name, b"f1", None, headers("film.described"))
    assert list(read_topic(broker.bootstrap, CATALOGUE.name, start)) == []
    assert lag(broker.bootstrap, {CATALOGUE.name: start}) == 1


def test_lag_counts_what_lies_beyond_and_a_partition_left_out_whole(broker: EmbeddedBroker) -> None:
    ends = end_offsets(broker.bootstrap, [VIEWING.name, CATALOGUE.name])
    assert lag(broker.bootstrap, ends) == 0
    with EventProducer(broker.bootstrap) as producer:
        for number in range(4):
            producer.send(rating(number, f"v{number}"), "tests")
    assert lag(broker.bootstrap, ends) == 4
    everything = sum(end_offsets(broker.bootstrap, [VIEWING.name])[VIEWING.name].values())
    assert lag(broker.bootstrap, {VIEWING.name: {}}) == everything


def test_a_reader_may_stop_in_the_middle(broker: EmbeddedBroker) -> None:
    with EventProducer(broker.bootstrap) as producer:
        for number in range(10):
            producer.send(rating(number), "tests")
    assert len(list(islice(read_topic(broker.bootstrap, VIEWING.name), 3))) == 3


def test_a_topic_that_is_not_ours_or_not_there_is_named(broker: EmbeddedBroker) -> None:
    with pytest.raises(BrokerError, match=r"'cat.videos' is no topic of Cineloop's; these are film.catalogue"):
        list(read_topic(broker.bootstrap, "cat.videos"))
    with pytest.raises(BrokerError, match=r"has no topic 'cat.videos'; it has .*viewing.events"):
        end_offsets(broker.bootstrap, ["cat.videos"])
    with pytest.raises(BrokerError, match="cineloop broker start"):
        end_offsets("127.0.0.1:9", [VIEWING.name])
