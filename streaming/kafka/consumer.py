"""Reads events from topics, from any offset to the end, or for ever."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Literal, NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError

from streaming.errors import BrokerError, CodecError
from streaming.kafka.admin import check_reachable, no_broker
from streaming.kafka.topics import TOPICS
from streaming.schema.events import Event

Offsets = dict[str, dict[int, int]]
"""Topic → partition → offset of the next record."""

Start = Literal["beginning", "latest"] | Mapping[int, int]

_PATIENCE_S = 30
_POLL_MS = 500
_POLL_RECORDS = 2_000
_CODECS = {topic.name: topic.codec for topic in TOPICS}


class Received(NamedTuple):
    """An event, or the error of decoding it, and its place in the topic."""

    event: Event | CodecError
    topic: str
    partition: int
    offset: int


def read_topic(bootstrap: str, topic: str, start: Start = "beginning", follow: bool = False) -> Iterator[Received]:
    """Read the events of one of our topics from Kafka, in order within each partition.

    What cannot be decoded comes as a CodecError in the event's place; deletions (records without a value) are
    passed over. `start` is "beginning", "latest" or the first offset wanted of each partition (those that it
    does not name start at their beginning). Without `follow` it ends where the topic ended at the call.

    Raises:
        BrokerError: the topic does not exist, or no broker answers for 30 s (`follow` waits for ever).
    """
    codec = _CODECS.get(topic)
    if codec is None:
        raise BrokerError(f"{topic!r} is no topic of Cineloop's; these are {', '.join(_CODECS)}")
    for record in read_records(bootstrap, topic, start, follow):
        if record.value is None:
            continue
        try:
            event: Event | CodecError = codec.decode(record.value, record.headers)
        except CodecError as error:
            event = error
        yield Received(event, topic, record.partition, record.offset)


def read_records(
    bootstrap: str,
    topic: str,
    start: Start = "beginning",
    follow: bool = False,
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[ConsumerRecord]:
    """Read the undecoded records of a topic: key, value, headers, timestamp, partition, offset.

    `start`, `follow` and errors as in `read_topic`; `stopped` is asked twice a second whether to end a `follow`.
    """
    with _open_consumer(bootstrap) as consumer:
        partitions = _partitions_of(consumer, topic)
        consumer.assign(partitions)
        ends = consumer.end_offsets(partitions)
        _seek_to_start(consumer, partitions, start, ends)
        yield from _poll_until_stopped(consumer, stopped) if follow else _poll_until_ends(consumer, ends, bootstrap)


def end_offsets(bootstrap: str, topics: Sequence[str]) -> Offsets:
    """Ask Kafka where each partition of `topics` ends now: the offset that its next record will get.

    Raises:
        BrokerError: a topic does not exist, or no broker answers.
    """
    with _open_consumer(bootstrap) as consumer:
        ends = consumer.end_offsets([each for topic in topics for each in _partitions_of(consumer, topic)])
    offsets: Offsets = {topic: {} for topic in topics}
    for place, end in ends.items():
        offsets[place.topic][place.partition] = end
    return offsets


def lag(bootstrap: str, read: Mapping[str, Mapping[int, int]]) -> int:
    """Ask Kafka how many records of the topics that `read` names lie beyond it.

    `read` is topic → partition → next offset; a partition that is left out is unread.

    Raises:
        BrokerError: a topic does not exist, or no broker answers.
    """
    ends = end_offsets(bootstrap, list(read))
    return sum(
        max(0, end - read[topic].get(partition, 0))
        for topic, partitions in ends.items()
        for partition, end in partitions.items()
    )


@contextmanager
def _open_consumer(bootstrap: str) -> Iterator[KafkaConsumer]:
    check_reachable(bootstrap)
    try:
        with closing(_connect(bootstrap)) as consumer:
            yield consumer
    except KafkaError as error:
        raise no_broker(bootstrap, error) from error


def _connect(bootstrap: str) -> KafkaConsumer:
    return KafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        allow_auto_create_topics=False,
        max_poll_records=_POLL_RECORDS,
        reconnect_backoff_max_ms=1_000,
        metrics_enabled=False,
    )


def _partitions_of(consumer: KafkaConsumer, topic: str) -> list[TopicPartition]:
    """Ask Kafka for the partitions of a topic; raise BrokerError where there is no such topic."""
    numbers = consumer.partitions_for_topic(topic)
    if not numbers:
        raise BrokerError(
            f"the cluster has no topic {topic!r}; it has {', '.join(sorted(consumer.topics())) or 'none'}. "
            "Cure: `cineloop broker start` makes our topics"
        )
    return [TopicPartition(topic, number) for number in sorted(numbers)]


def _seek_to_start(
    consumer: KafkaConsumer,
    partitions: Sequence[TopicPartition],
    start: Start,
    ends: Mapping[TopicPartition, int],
) -> None:
    beginnings = consumer.beginning_offsets(partitions)
    for place in partitions:
        if start == "latest":
            offset = ends[place]
        elif start == "beginning":
            offset = beginnings[place]
        else:
            offset = max(beginnings[place], start.get(place.partition, 0))
        consumer.seek(place, offset)


def _poll_until_stopped(consumer: KafkaConsumer, stopped: Callable[[], bool]) -> Iterator[ConsumerRecord]:
    while not stopped():
        for records in consumer.poll(_POLL_MS).values():
            yield from records


def _poll_until_ends(
    consumer: KafkaConsumer, ends: Mapping[TopicPartition, int], bootstrap: str
) -> Iterator[ConsumerRecord]:
    """Read up to `ends`. Positions decide, not records' offsets: a compacted topic may lack its last records."""
    idle_polls = 0
    while any(consumer.position(place) < end for place, end in ends.items()):
        batches = consumer.poll(_POLL_MS)
        idle_polls = 0 if batches else idle_polls + 1
        if idle_polls * _POLL_MS > _PATIENCE_S * 1000:
            raise no_broker(bootstrap, TimeoutError(f"nothing came for {_PATIENCE_S} s"))
        for place, records in batches.items():
            yield from (record for record in records if record.offset < ends[place])
