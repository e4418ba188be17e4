"""The topic → the histories: first up to where it ends, then for ever."""

import logging
import time

from kafka.consumer.fetcher import ConsumerRecord

from streaming.consumer import end_offsets, read_records
from streaming.errors import BrokerError, CodecError
from streaming.events import ViewingEvent
from streaming.serving.background import Background
from streaming.serving.metrics import Metrics
from streaming.serving.readiness import Readiness
from streaming.serving.viewers import Viewers
from streaming.topics import VIEWING

_PAUSE_S = 0.5
_LOG = logging.getLogger("cineloop.serving")


class Listener(Background):
    """One thread that reads `viewing.events` from the past's offsets on and tells the viewers of it."""

    def __init__(
        self, bootstrap: str, viewers: Viewers, offsets: dict[int, int], readiness: Readiness, metrics: Metrics
    ) -> None:
        super().__init__("listener")
        self._bootstrap, self._viewers = bootstrap, viewers
        self._positions = dict(offsets)
        self._readiness, self._metrics = readiness, metrics

    def _work(self) -> None:
        while not self._stopped.is_set():
            try:
                self._refuse_foreign()
                self._read(follow=False)
                self._readiness.has("histories")
                self._read(follow=True)
            except BrokerError as error:
                self._wait(str(error))
            except Exception as error:
                _LOG.exception("the listener could not read")
                self._wait(f"{type(error).__name__}: see the log")

    def _wait(self, reason: str) -> None:
        """Until it has caught up once this is a reason not to serve; later the broker's watch says so."""
        if "histories" in self._readiness.missing:
            self._readiness.lacks("histories", reason)
        self._stopped.wait(_PAUSE_S)

    def _refuse_foreign(self) -> None:
        ends = end_offsets(self._bootstrap, [VIEWING.name])[VIEWING.name]
        beyond = {place: at for place, at in self._positions.items() if at > ends.get(place, 0)}
        if beyond:
            raise BrokerError(
                f"{VIEWING.name} ends at {ends}, and the lake has read up to {beyond}: this is another cluster, or it "
                "has lost records. Start with its own state folder, or read the lake anew with `cineloop rebuild "
                "--accept-loss`, which gives up what the topics no longer hold"
            )

    def _read(self, follow: bool) -> None:
        start = dict(self._positions)
        for record in read_records(self._bootstrap, VIEWING.name, start, follow, self._stopped.is_set):
            self._metrics.consumed.labels(self._take(record, follow)).inc()
            self._positions[record.partition] = record.offset + 1
            if self._stopped.is_set():
                break

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
