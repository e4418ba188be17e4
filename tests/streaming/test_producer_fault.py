"""The broker dies while events are on their way to it."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from streaming.admin import ensure_topics
from streaming.broker import EmbeddedBroker
from streaming.consumer import read_topic
from streaming.errors import DeliveryError
from streaming.producer import EventProducer
from streaming.topics import VIEWING
from tests.streaming.samples import rating

pytestmark = [pytest.mark.kafka, pytest.mark.fault]


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker(tmp_path / "broker") as broker:
        ensure_topics(broker.bootstrap)
        yield broker


def test_a_killed_broker_loses_and_doubles_nothing(mortal: EmbeddedBroker) -> None:
    sent = 0

    def send(producer: EventProducer, count: int) -> None:
        nonlocal sent
        for _ in range(count):
            producer.send(rating(sent, f"v{sent % 50}"), "tests")
            sent += 1

    with EventProducer(mortal.bootstrap) as producer:
        while producer.acknowledged == 0:
            send(producer, 100)
        send(producer, 2_000)
        mortal.kill()
        acknowledged, in_flight = producer.acknowledged, producer.in_flight
        assert acknowledged > 0
        assert in_flight >= 100
        send(producer, 500)
        mortal.start()
        send(producer, 500)
        assert producer.flush() == sent
    seen = Counter(got.event.event_id for got in read_topic(mortal.bootstrap, VIEWING.name))
    assert seen == Counter(f"r{number}" for number in range(sent))


def test_a_broker_that_stays_away_is_told_within_the_time_allowed(mortal: EmbeddedBroker) -> None:
    began = time.monotonic()
    with EventProducer(mortal.bootstrap, delivery_timeout=2) as producer:
        producer.send(rating(0), "tests")
        assert producer.flush() == 1
        mortal.kill()
        producer.send(rating(1), "tests")
        with pytest.raises(DeliveryError, match=r"acknowledged 1 of 2 .*cineloop broker start"):
            producer.flush()
        with pytest.raises(DeliveryError):
            producer.send(rating(2), "tests")
        mortal.start()
        with pytest.raises(DeliveryError):
            producer.flush()
        with pytest.raises(DeliveryError, match="acknowledged 1 of"):
            producer.close()
    assert time.monotonic() - began < 60


def test_a_block_that_ends_well_still_tells_what_was_lost(mortal: EmbeddedBroker) -> None:
    with (
        pytest.raises(DeliveryError, match="acknowledged 0 of 1"),
        EventProducer(mortal.bootstrap, delivery_timeout=2) as producer,
    ):
        mortal.kill()
        producer.send(rating(1), "tests")


def test_ctrl_c_ends_a_producer_at_once_even_without_a_broker(mortal: EmbeddedBroker) -> None:
    producer = EventProducer(mortal.bootstrap)
    producer.send(rating(0), "tests")
    producer.flush()
    mortal.kill()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), producer:
        producer.send(rating(1), "tests")
        raise KeyboardInterrupt
    assert time.monotonic() - began < 10
