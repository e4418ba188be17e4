"""Sending drafts: built one at a time, paced where a rate is wanted."""

import time
from collections.abc import Callable, Iterable

from streaming.datasets.dataset import Draft
from streaming.kafka.producer import EventProducer
from streaming.schema.identity import Pseudonymise

_REPORT_EVERY = 1_000
_WORTH_SLEEPING_S = 0.01


class Pace:
    """Holds a sender to `rate` events a second on average; None lets it run."""

    def __init__(self, rate: float | None) -> None:
        if rate is not None and rate <= 0:
            raise ValueError(f"rate is {rate}, and should be a number of events per second above 0, or left out")
        self._rate = rate
        self._start = time.monotonic()
        self._sent = 0

    def wait(self) -> None:
        """Count one more event, and sleep until it is due."""
        if self._rate is None:
            return
        self._sent += 1
        ahead = self._sent / self._rate - (time.monotonic() - self._start)
        if ahead > _WORTH_SLEEPING_S:
            time.sleep(ahead)


def send_drafts(
    drafts: Iterable[Draft],
    producer: EventProducer,
    pseudonymise: Pseudonymise,
    pace: Pace,
    report: Callable[[int], None],
) -> None:
    """Build and send all events; `report` hears now and then, and at the end, how many were sent.

    Raises:
        DeliveryError: Kafka does not acknowledge.
    """
    sent = 0
    for sent, draft in enumerate(drafts, start=1):
        producer.send(draft.event(pseudonymise), draft.origin)
        pace.wait()
        if sent % _REPORT_EVERY == 0:
            report(sent)
    report(sent)
