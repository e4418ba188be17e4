"""The broker dies while events are on their way to it."""

import threading
import time
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from streaming.broker.node import EmbeddedBroker
from streaming.errors import DeliveryError
from streaming.kafka.admin import ensure_topics
from streaming.kafka.producer import EventProducer
from tests.streaming.samples import rating

pytestmark = [pytest.mark.kafka, pytest.mark.fault]


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBroker]:
    """A broker that tests may kill; each starts it again if it needs one."""
    broker = EmbeddedBroker(tmp_path_factory.mktemp("mortal") / "broker")
    yield broker
    broker.stop()


class Orphans(NamedTuple):
    """Three producers whose broker was killed once each had sent something."""

    asking: EventProducer
    ending_well: EventProducer
    interrupted: EventProducer


@pytest.fixture(scope="module")
def orphans(mortal: EmbeddedBroker) -> Orphans:
    mortal.start()
    ensure_topics(mortal.bootstrap)
    left = Orphans(*(EventProducer(mortal.bootstrap, delivery_timeout=2) for _ in Orphans._fields))
    for producer in left:
        producer.send(rating(0), "tests")
        assert producer.flush() == 1
    mortal.kill()
    return left


def test_a_broker_that_stays_away_is_told_within_the_time_allowed(orphans: Orphans) -> None:
    producer, threads, began = orphans.asking, threading.active_count(), time.monotonic()
    producer.send(rating(1), "tests")
    with pytest.raises(DeliveryError, match=r"acknowledged 1 of 2 .*cineloop broker start"):
        producer.flush()
    assert time.monotonic() - began < 10
    with pytest.raises(DeliveryError):
        producer.send(rating(2), "tests")
    with pytest.raises(DeliveryError, match="acknowledged 1 of 3"):
        producer.close()
    assert threading.active_count() < threads


def test_a_block_that_ends_well_still_tells_what_was_lost(orphans: Orphans) -> None:
    with pytest.raises(DeliveryError, match="acknowledged 1 of 2"), orphans.ending_well as producer:
        producer.send(rating(1), "tests")


def test_ctrl_c_ends_a_producer_at_once_even_without_a_broker(orphans: Orphans) -> None:
    threads, began = threading.active_count(), time.monotonic()
    with pytest.raises(KeyboardInterrupt), orphans.interrupted as producer:
        producer.send(rating(1), "tests")
        raise KeyboardInterrupt
    assert time.monotonic() - began < 10
    assert threading.active_count() < threads
