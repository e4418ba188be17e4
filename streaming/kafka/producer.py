"""Sends events to Kafka: idempotent, acknowledged by all in-sync replicas, compressed, never silently lost."""

from collections import deque
from collections.abc import Iterable
from functools import lru_cache
from types import TracebackType
from typing import Self

from kafka import KafkaProducer
from kafka.cluster import ClusterMetadata
from kafka.errors import KafkaError
from kafka.partitioner import Partitioner, murmur2
from kafka.producer.future import FutureRecordMetadata

from streaming.errors import DeliveryError
from streaming.kafka.admin import check_reachable, no_broker
from streaming.kafka.codec import Headers
from streaming.kafka.topics import topic_of
from streaming.schema.events import Event, SourcedEvent

_BATCH_BYTES = 256 * 1024
_LINGER_MS = 20
_PENDING_LIMIT = 20_000
_BOOTSTRAP_MS = 30_000
_CLOSE_S = 2.0


class KeyHashPartitioner(Partitioner):  # type: ignore[misc]  # kafka-python has no types
    """Kafka's default partitioning (murmur2 of the key) with a cache: in Python the hash costs more than encoding."""

    def __init__(self) -> None:
        self._hash = lru_cache(maxsize=2**17)(murmur2)

    def partition(
        self,
        topic: str,
        key: bytes | None,
        serialized_key: bytes | None,
        value: bytes | None,
        serialized_value: bytes | None,
        cluster: ClusterMetadata,
    ) -> int:
        """The partition of a key; a record without a key goes where an empty key would."""
        partitions = sorted(cluster.partitions_for_topic(topic))
        return int(partitions[(self._hash(serialized_key or b"") & 0x7FFFFFFF) % len(partitions)])


class EventProducer:
    """Sends events to the topics of their types, in order for each key.

    Sending is asynchronous. A record that Kafka does not acknowledge within `delivery_timeout` seconds raises
    DeliveryError at the next `send` or `flush` or at the end of the `with` block, and from then on always.
    Where the block ends in an exception (Ctrl-C included), pending records get two seconds, and that
    exception is raised.

    At most 20,000 records wait for their acknowledgement; beyond that `send` waits, so that a broker that is
    down costs no memory. Not for use by several threads.
    """

    def __init__(self, bootstrap: str, delivery_timeout: float = 120.0) -> None:
        """Connect to Kafka. Raises BrokerError where no broker answers."""
        self._bootstrap = bootstrap
        self._timeout = delivery_timeout
        self._pending: deque[FutureRecordMetadata] = deque()
        self._acknowledged = 0
        self._sends = 0
        self._closed = False
        self._failure: Exception | None = None
        check_reachable(bootstrap)
        try:
            self._producer = KafkaProducer(bootstrap_servers=bootstrap, **_producer_settings(delivery_timeout))
        except KafkaError as error:
            raise no_broker(bootstrap, error) from error

    def send(self, event: Event, source: str) -> None:
        """Queue an event for its type's topic; `source` is its CloudEvents source.

        Raises:
            DeliveryError: an earlier record was not acknowledged, or this one is refused.
        """
        topic = topic_of(event.type)
        key, value, headers = topic.codec.encode(event, source)
        self.send_raw(topic.name, key, value, headers)

    def send_raw(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers | None = None) -> None:
        """Queue bytes for a topic as they are; `value` None deletes `key` from a compacted topic.

        Raises:
            DeliveryError: an earlier record was not acknowledged, or this one is refused.
        """
        self._sends += 1
        try:
            self._pending.append(self._producer.send(topic, value, key, headers))
        except KafkaError as error:
            raise self._note_failure(error) from error
        self._count_acknowledged()
        self._raise_if_failed()
        if len(self._pending) > _PENDING_LIMIT:
            self._await_half()

    def flush(self) -> int:
        """Wait until every record sent so far is acknowledged; return how many were since the beginning.

        Raises:
            DeliveryError: some were not.
        """
        try:
            self._producer.flush(timeout=self._timeout + 1)
        except KafkaError as error:
            raise self._note_failure(error) from error
        self._count_acknowledged()
        self._raise_if_failed()
        return self._acknowledged

    @property
    def acknowledged(self) -> int:
        """How many records are known to be acknowledged; never more than there are."""
        self._count_acknowledged()
        return self._acknowledged

    @property
    def in_flight(self) -> int:
        """How many records wait for their acknowledgement; never fewer than there are."""
        self._count_acknowledged()
        return len(self._pending)

    def close(self) -> None:
        """Flush and close the connection; closing twice is no error.

        Raises:
            DeliveryError: a record was not acknowledged.
        """
        if self._closed:
            return
        try:
            self.flush()
        finally:
            self._close_at_once()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Flush and close; after an exception wait two seconds for pending records instead."""
        if kind is None:
            self.close()
        else:
            self._close_at_once()

    def _close_at_once(self) -> None:
        """Wait two seconds for pending records, then drop them."""
        self._closed = True
        try:
            self._producer.flush(timeout=_CLOSE_S)
        except KafkaError:
            # Kafka's close() would leave its thread running for ever where records are left: it waits for them.
            self._producer._sender.force_close()
        self._producer.close(timeout=_CLOSE_S)

    def _count_acknowledged(self) -> None:
        """Count the records that are done: asking futures in order is cheaper than callbacks, and needs no lock."""
        pending = self._pending
        while pending and pending[0].is_done:
            failure = pending.popleft().exception
            if failure is None:
                self._acknowledged += 1
            else:
                self._failure = self._failure or failure

    def _await_half(self) -> None:
        """Wait until half of the queue is done, so that the sending thread keeps having work meanwhile."""
        try:
            self._pending[len(self._pending) // 2].get(timeout=self._timeout + 1)
        except KafkaError as error:
            raise self._note_failure(error) from error
        self._count_acknowledged()

    def _raise_if_failed(self) -> None:
        if self._failure is not None:
            raise self._note_failure(self._failure) from self._failure

    def _note_failure(self, cause: Exception) -> DeliveryError:
        """Keep the first failure; return the error to raise, with the cure."""
        self._failure = self._failure or cause
        return DeliveryError(
            f"Kafka at {self._bootstrap} acknowledged {self._acknowledged:,} of {self._sends:,} records, and "
            f"one failed ({self._failure}; the time allowed is {self._timeout:g} s). See whether the broker "
            "runs (`cineloop broker status`), start it (`cineloop broker start`) and send all again: "
            "events carry their ids, so sending twice does no harm"
        )


def send_all(bootstrap: str, events: Iterable[SourcedEvent]) -> None:
    """Send events and return once all are acknowledged; errors as of `EventProducer`."""
    with EventProducer(bootstrap) as producer:
        for event, source in events:
            producer.send(event, source)


def _producer_settings(delivery_timeout: float) -> dict[str, object]:
    delivery_ms = int(delivery_timeout * 1000)
    return {
        "acks": "all",
        "enable_idempotence": True,
        "compression_type": "lz4",
        "batch_size": _BATCH_BYTES,
        "linger_ms": _LINGER_MS,
        "delivery_timeout_ms": delivery_ms,
        "request_timeout_ms": min(30_000, delivery_ms - _LINGER_MS),
        "max_block_ms": delivery_ms,
        "bootstrap_timeout_ms": _BOOTSTRAP_MS,
        "reconnect_backoff_max_ms": 1_000,
        "partitioner": KeyHashPartitioner(),
        "metrics_enabled": False,
        "allow_auto_create_topics": False,
    }
