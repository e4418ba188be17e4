"""The topic → the histories: first up to where it ends, then for ever."""

import logging
import time

from kafka.consumer.fetcher import ConsumerRecord

from streaming.errors import BrokerError, CodecError, StreamingError
from streaming.kafka.consumer import end_offsets, read_records
from streaming.kafka.topics import VIEWING
from streaming.schema.events import ViewingEvent
from streaming.serving.health import causes
from streaming.serving.health.background import Background
from streaming.serving.health.causes import Cause
from streaming.serving.health.metrics import Metrics
from streaming.serving.health.readiness import EVENTS, HISTORIES, Readiness
from streaming.serving.histories.viewers import Viewers

_PAUSE_S = 0.5
_LOG = logging.getLogger("cineloop.serving")


class OtherCluster(StreamingError):
    """The topic ends before what the lake has read."""


def refuse_foreign(bootstrap: str, read: dict[int, int]) -> None:
    """
    Raises:
        OtherCluster: the topic ends before `read`, a partition's next offset.
        BrokerError: no broker answers.
    """
    ends = end_offsets(bootstrap, [VIEWING.name])[VIEWING.name]
    beyond = {place: at for place, at in read.items() if at > ends.get(place, 0)}
    if beyond:
        raise OtherCluster(f"{VIEWING.name} ends at {ends}, and the lake has read up to {beyond}")


class Listener(Background):
    """One thread that reads `viewing.events` from the past's offsets on and tells the viewers of it."""

    def __init__(
        self, bootstrap: str, viewers: Viewers, offsets: dict[int, int], readiness: Readiness, metrics: Metrics
    ) -> None:
        super().__init__("listener", metrics)
        self._bootstrap, self._viewers = bootstrap, viewers
        self._positions = dict(offsets)
        self._readiness = readiness

    def _work(self) -> None:
        while not self._stopped.is_set():
            try:
                refuse_foreign(self._bootstrap, self._positions)
                self._read(follow=False)
                self._readiness.has(HISTORIES)
                self._readiness.heals(EVENTS)
                self._read(follow=True)
            except OtherCluster:
                self._wait(causes.OTHER_CLUSTER)
            except BrokerError:
                self._wait(causes.UNREACHED)
            except Exception:
                _LOG.exception("the listener could not read")
                self._wait(causes.UNREAD)

    def _wait(self, cause: Cause) -> None:
        """Until it has caught up once, this is a cause not to serve; later, one to know nothing new."""
        self._failures.inc()
        if HISTORIES in self._readiness.missing:
            self._readiness.lacks(HISTORIES, cause)
        else:
            self._readiness.ails(EVENTS, cause)
        self._stopped.wait(_PAUSE_S)

    def _read(self, follow: bool) -> None:
        start = dict(self._positions)
        for record in read_records(self._bootstrap, VIEWING.name, start, follow, self._stopped.is_set):
            self._metrics.consumed.labels(self._fate(record, follow)).inc()
            self._positions[record.partition] = record.offset + 1
            if self._stopped.is_set():
                break

    def _fate(self, record: ConsumerRecord, live: bool) -> str:
        """What became of a record; one that nobody foresaw is passed over, or no later one would be heard."""
        try:
            return self._take(record, live)
        except Exception:
            _LOG.exception("a record at %d/%d is passed over", record.partition, record.offset)
            return "unreadable"

    def _take(self, record: ConsumerRecord, live: bool) -> str:
        """Tell the viewers of a record; what became of it."""
        if record.value is None:
            return "empty"
        try:
            event = VIEWING.codec.decode(record.value, record.headers)
        except CodecError:
            return "unreadable"
        if not isinstance(event, ViewingEvent):
            return "foreign"
        fate = self._viewers.tell(event, record.timestamp, (record.partition, record.offset))
        if live:
            self._metrics.reaction.observe(max(0.0, time.time() - record.timestamp / 1000))
        return fate.value
