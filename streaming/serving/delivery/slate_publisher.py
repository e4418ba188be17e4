"""Publishes served slates on `decisions.recommendations`, outside the request."""

import logging
from queue import Full, Queue

from streaming.errors import StreamingError
from streaming.schema.events import Slate
from streaming.serving.delivery.batch_sender import BatchSender, take_waiting
from streaming.serving.health.background import BackgroundThread
from streaming.serving.health.metrics import Metrics

SOURCE = "serve"
_WAITING = 20_000  # slates, some 30 MB
_AT_ONCE = 500
_PAUSE_S = 1.0
_LOG = logging.getLogger("cineloop.serving")


class SlatePublisher(BackgroundThread):
    """A bounded queue and one thread, which retries until Kafka acknowledges.

    A slate that finds the queue full is dropped, counted and logged; its request is answered all the same.
    """

    def __init__(self, sender: BatchSender, metrics: Metrics, waiting: int = _WAITING) -> None:
        super().__init__("publisher", metrics)
        self._sender = sender
        self._queue: Queue[Slate] = Queue(waiting)
        self._full = False
        metrics.waiting.set_function(lambda: self._queue.unfinished_tasks)

    def stop(self) -> None:
        """Send the waiting slates, for at most ten seconds; the rest is counted as dropped."""
        super().stop()
        self._count_dropped(self._queue.qsize())

    def publish(self, slate: Slate) -> None:
        """Queue a slate, or drop it where the queue is full; never blocks."""
        try:
            self._queue.put_nowait(slate)
            self._full = False
        except Full:
            self._count_dropped(1)

    def _work(self) -> None:
        """Take slates from the queue and send them, again until acknowledged or stopped; then close the sender."""
        while (batch := take_waiting(self._queue, _AT_ONCE)) or not self._stopped.is_set():
            while batch and not self._try_to_send(batch):
                if self._stopped.wait(_PAUSE_S):
                    self._count_dropped(len(batch))
                    break
            for _ in batch:
                self._queue.task_done()
        self._sender.close()

    def _try_to_send(self, batch: list[Slate]) -> bool:
        """Send slates to Kafka; False, and logged where unexpected, if that failed."""
        try:
            self._sender.send([(slate, SOURCE) for slate in batch])
        except StreamingError:
            return False
        except Exception:
            _LOG.exception("served slates could not be published; they are kept")
            return False
        self._metrics.published.inc(len(batch))
        return True

    def _count_dropped(self, count: int) -> None:
        if count and not self._full:
            _LOG.warning("served slates are being dropped: %d wait for Kafka", self._queue.qsize())
        self._full = count > 0
        self._metrics.dropped.inc(count)
