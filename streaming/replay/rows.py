"""The rows of several data sets as one sequence by time, cut into windows, and sent at a pace."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple
from zlib import crc32

from streaming.datasets.dataset import BadLine, Dataset, DraftEvent, by_time
from streaming.kafka.producer import EventProducer
from streaming.replay.ledger import Window
from streaming.schema.identity import Pseudonymise

_REPORT_EVERY = 1_000
_WORTH_SLEEPING_S = 0.01


class Excerpt(NamedTuple):
    """The rows of one window: descriptions of films and viewers, then what happened, each by time, and bad lines."""

    descriptions: list[DraftEvent]
    happenings: list[DraftEvent]
    bad: list[BadLine]

    def share(self, index: int, count: int) -> list[DraftEvent]:
        """One of `count` parts of what happened, which keep together what has the same key; `index` from 0."""
        return [draft for draft in self.happenings if crc32(str(draft.fields[0]).encode()) % count == index]

    @property
    def middle(self) -> int:
        """The time of the row in the middle, UTC milliseconds: unlike the last, no wrong clock moves it."""
        rows = self.happenings or self.descriptions
        return rows[len(rows) // 2].occurred_at if rows else 0


def excerpt(datasets: Sequence[Dataset], window: Window) -> Excerpt:
    """Read all data sets and cut out one window.

    All descriptions and bad lines come with the first window, so that nothing happens to a film that is not described
    yet; what happened is cut into equal numbers, so that no window is without.

    Raises:
        DatasetError: a file cannot be read.
    """
    readings = [dataset.read() for dataset in datasets]
    happenings = by_time(draft for reading in readings for draft in reading.happenings)
    first, last = (len(happenings) * index // window.of for index in (window.number - 1, window.number))
    if window.number > 1:
        return Excerpt([], happenings[first:last], [])
    descriptions = by_time(draft for reading in readings for draft in reading.descriptions)
    return Excerpt(descriptions, happenings[first:last], [line for reading in readings for line in reading.bad])


class Pace:
    """Holds a sender to `rate` events a second on average; None: as fast as it can."""

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
    drafts: Iterable[DraftEvent],
    producer: EventProducer,
    pseudonymise: Pseudonymise,
    pace: Pace,
    report: Callable[[int], None],
) -> None:
    """Build and send all events; `report` is called every 1,000 events, and at the end, with how many were sent.

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
