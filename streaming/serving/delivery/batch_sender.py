"""Takes what waits in a queue, and sends it by a producer that is replaced after a failure."""

from collections.abc import Sequence
from contextlib import suppress
from queue import Empty, Queue
from typing import TypeVar

from streaming.errors import StreamingError
from streaming.kafka.producer import EventProducer
from streaming.schema.events import SourcedEvent

Thing = TypeVar("Thing")
_POLL_S = 0.2  # between two looks at whether to stop


def take_waiting(queue: Queue[Thing], most: int) -> list[Thing]:
    """Take what waits in a queue, at most so many; empty where nothing comes for a fifth of a second."""
    taken: list[Thing] = []
    with suppress(Empty):
        while len(taken) < most:
            taken.append(queue.get_nowait() if taken else queue.get(timeout=_POLL_S))
    return taken


class BatchSender:
    """Sends batches and waits for their acknowledgement. Not thread-safe."""

    def __init__(self, bootstrap: str, timeout_s: float) -> None:
        """`timeout_s`: how long Kafka may take to acknowledge."""
        self._bootstrap, self._timeout = bootstrap, timeout_s
        self._producer: EventProducer | None = None

    def send(self, events: Sequence[SourcedEvent]) -> None:
        """Send the events to Kafka and return once all are acknowledged.

        Raises:
            StreamingError: no broker answers, or one of them was not acknowledged; some may have been.
        """
        try:
            if self._producer is None:
                self._producer = EventProducer(self._bootstrap, self._timeout)
            for event, source in events:
                self._producer.send(event, source)
            self._producer.flush()
        except StreamingError:
            self.close()
            raise

    def close(self) -> None:
        """Close the producer and ignore its errors."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(StreamingError):
                producer.close()
