"""Reads `viewing.events` into the histories: first up to its end, then for ever."""

import logging
import time

from kafka.consumer.fetcher import ConsumerRecord

from streaming.errors import BrokerError, CodecError, StreamingError
from streaming.kafka.consumer import end_offsets, read_records
from streaming.kafka.topics import VIEWING
from streaming.schema.events import ViewingEvent
from streaming.serving.health import status_causes
from streaming.serving.health.background import BackgroundThread
from streaming.serving.health.metrics import Metrics
from streaming.serving.health.readiness import EVENTS, HISTORIES, Readiness
from streaming.serving.health.status_causes import Cause
from streaming.serving.histories.store import ViewerHistories

_PAUSE_S = 0.5
_LOG = logging.getLogger("cineloop.serving")


class ForeignCluster(StreamingError):
    """The topic ends before the offsets that the lake has read: it is another cluster's, or has lost records."""


def refuse_foreign_cluster(bootstrap: str, read: dict[int, int]) -> None:
    """Ask Kafka where the topic ends, and compare.

    Raises:
        ForeignCluster: the topic ends before `read`, a partition's next offset.
        BrokerError: no broker answers.
    """
    ends = end_offsets(bootstrap, [VIEWING.name])[VIEWING.name]
    beyond = {place: at for place, at in read.items() if at > ends.get(place, 0)}
    if beyond:
        raise ForeignCluster(f"{VIEWING.name} ends at {ends}, and the lake has read up to {beyond}")


class TopicListener(BackgroundThread):
    """One thread that reads the topic from the lake's offsets on."""

    def __init__(
        self, bootstrap: str, viewers: ViewerHistories, offsets: dict[int, int], readiness: Readiness, metrics: Metrics
    ) -> None:
        super().__init__("topic-listener", metrics)
        self._bootstrap, self._viewers = bootstrap, viewers
        self._positions = dict(offsets)
        self._readiness = readiness

    def _work(self) -> None:
        """Read the topic to its end and then follow it, into the histories; report failures and begin again."""
        while not self._stopped.is_set():
            try:
                refuse_foreign_cluster(self._bootstrap, self._positions)
                self._read_topic(follow=False)
                self._readiness.ready(HISTORIES)
                self._readiness.recovered(EVENTS)
                self._read_topic(follow=True)
            except ForeignCluster:
                self._report_and_wait(status_causes.OTHER_CLUSTER)
            except BrokerError:
                self._report_and_wait(status_causes.UNREACHED)
            except Exception:
                _LOG.exception("the listener could not read")
                self._report_and_wait(status_causes.UNREAD)

    def _report_and_wait(self, cause: Cause) -> None:
        """Report the cause: until the topic was read once to its end no slate is served, later the app is degraded."""
        self._failures.inc()
        if HISTORIES in self._readiness.missing:
            self._readiness.not_ready(HISTORIES, cause)
        else:
            self._readiness.degraded(EVENTS, cause)
        self._stopped.wait(_PAUSE_S)

    def _read_topic(self, follow: bool) -> None:
        """Take the topic's records into the histories from where the last reading ended, and count them."""
        start = dict(self._positions)
        for record in read_records(self._bootstrap, VIEWING.name, start, follow, self._stopped.is_set):
            self._metrics.consumed.labels(self._ingest_record(record, follow)).inc()
            self._positions[record.partition] = record.offset + 1
            if self._stopped.is_set():
                break

    def _ingest_record(self, record: ConsumerRecord, live: bool) -> str:
        """Take a record into the histories; return its outcome, as in the metric. One that raises is skipped."""
        if record.value is None:
            return "empty"
        try:
            event = VIEWING.codec.decode(record.value, record.headers)
            if not isinstance(event, ViewingEvent):
                return "other type"
            outcome = self._viewers.ingest(event, record.timestamp, (record.partition, record.offset))
        except CodecError:
            return "unreadable"
        except Exception:
            _LOG.exception("the record at %d/%d is skipped", record.partition, record.offset)
            return "unreadable"
        if live:
            self._metrics.reaction.observe(max(0.0, time.time() - record.timestamp / 1000))
        return outcome.value
