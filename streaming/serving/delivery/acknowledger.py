"""Sends posted events to Kafka; a request is answered once its batch is acknowledged, or has failed."""

import asyncio
import logging
from collections.abc import Sequence
from queue import Full, Queue

from streaming.errors import StreamingError
from streaming.schema.events import SourcedEvent
from streaming.serving.delivery.batch_sender import BatchSender, take_waiting
from streaming.serving.health.background import BackgroundThread
from streaming.serving.health.metrics import Metrics
from streaming.serving.http.problem_details import Problem

_WAITING = 256  # batches
_AT_ONCE = 64  # batches that share one wait for Kafka
_RETRY_AFTER = {"Retry-After": "1"}
_LOG = logging.getLogger("cineloop.serving")


class Acknowledger(BackgroundThread):
    """One thread that sends posted batches, the last ones when it stops; those that wait together share one flush."""

    def __init__(self, sender: BatchSender, metrics: Metrics) -> None:
        super().__init__("acknowledger", metrics)
        self._sender = sender
        self._queue: Queue[tuple[Sequence[SourcedEvent], asyncio.Future[None]]] = Queue(_WAITING)

    async def accept(self, events: Sequence[SourcedEvent]) -> None:
        """Queue events for sending, and return once Kafka has acknowledged all of them.

        Raises:
            Problem: it did not (503), or too many batches wait (429).
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            self._queue.put_nowait((events, done))
        except Full:
            detail = f"{_WAITING} batches wait for Kafka: send this one again in a second"
            raise Problem("too-many", detail, _RETRY_AFTER) from None
        try:
            await done
        except StreamingError as error:
            self._metrics.unaccepted.inc(len(events))
            detail = "Kafka has not acknowledged the batch. Send all of it again: ids that are known change nothing"
            raise Problem("broker", detail, _RETRY_AFTER) from error
        self._metrics.accepted.inc(len(events))

    def _work(self) -> None:
        """Take batches from the queue and send them to Kafka, until stopped and empty; close the sender."""
        while not self._stopped.is_set() or not self._queue.empty():
            if batches := take_waiting(self._queue, _AT_ONCE):
                self._send_batches(batches)
        self._sender.close()

    def _send_batches(self, batches: list[tuple[Sequence[SourcedEvent], "asyncio.Future[None]"]]) -> None:
        """Send the events of all batches and settle the futures that wait for them, with the error if it fails."""
        failure: Exception | None = None
        try:
            self._sender.send([event for events, _ in batches for event in events])
        except StreamingError as error:
            failure = error
        except Exception as error:
            _LOG.exception("the acknowledger could not send")
            failure = StreamingError(type(error).__name__)
        for _, done in batches:
            done.get_loop().call_soon_threadsafe(_settle_future, done, failure)


def _settle_future(done: "asyncio.Future[None]", failure: Exception | None) -> None:
    if done.done():  # the client has disconnected
        return
    if failure is None:
        done.set_result(None)
    else:
        done.set_exception(failure)
