"""Events onto Kafka by a producer that is made anew after a failure."""

from collections.abc import Sequence
from contextlib import suppress

from streaming.errors import StreamingError
from streaming.kafka.producer import EventProducer
from streaming.schema.events import Event

Told = tuple[Event, str]
"""An event and its CloudEvents source."""


class Delivery:
    """Sends batches and waits for their acknowledgement; for use by one thread."""

    def __init__(self, bootstrap: str, timeout_s: float) -> None:
        """`timeout_s`: how long Kafka may take to acknowledge."""
        self._bootstrap, self._timeout = bootstrap, timeout_s
        self._producer: EventProducer | None = None

    def send(self, events: Sequence[Told]) -> None:
        """Send the events and return once all are acknowledged. Sending them again after a failure does no harm.

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
        """Let go of the producer."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(StreamingError):
                producer.close()
