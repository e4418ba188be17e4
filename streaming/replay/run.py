"""Real data → Kafka: data sets merged by time, sent a window at a time, by two processes where that pays."""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from streaming.datasets.dataset import BadLine, Dataset, DraftEvent, by_time, fingerprint
from streaming.datasets.recognise import recognise
from streaming.errors import DeliveryError
from streaming.kafka.admin import cluster_id
from streaming.kafka.dead_letters import dead_letter
from streaming.kafka.producer import EventProducer
from streaming.replay.ledger import ReplayCounts, ReplayLedger, Window
from streaming.schema.identity import Pseudonymise, Pseudonymiser

# About 100,000 events: below that, starting a second process and reading twice costs more than it saves.
_BYTES_FOR_TWO = 2_500_000
_PROCESSES = 2

_REPORT_EVERY = 1_000
_WORTH_SLEEPING_S = 0.01

Progress = Callable[[int, int], None]


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
        """The time of the row in the middle, UTC milliseconds: no wrong clock moves it, as it would the last."""
        rows = self.happenings or self.descriptions
        return rows[len(rows) // 2].occurred_at if rows else 0


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


def replay(
    datasets: Sequence[Dataset],
    bootstrap: str,
    key: bytes,
    *,
    window: tuple[int, int] = (1, 1),
    rate: float | None = None,
    progress: Progress | None = None,
    ledger: ReplayLedger | None = None,
    processes: int | None = None,
) -> ReplayCounts:
    """Send one window of the merged data sets, and wait until all of it is acknowledged.

    Args:
        datasets: as `recognise` gives them.
        bootstrap: the cluster's address; its topics must exist (`ensure_topics`).
        key: the state's key (`load_or_create_key`).
        window: (i, n): the i-th of n parts, i from 1, with equal numbers of what happened. Descriptions,
            and bad lines (to the dead-letter topic), come with the first.
        rate: at most so many events a second.
        progress: called with the number of rows sent and the number to send.
        ledger: where it notes the window, or finds it noted: then nothing is sent and the counts are 0.
        processes: 1 or 2; left out, two where that pays. Where a rate is wanted it is always one.

    Raises:
        DatasetError: a file cannot be read.
        BrokerError: no broker answers.
        DeliveryError: Kafka did not acknowledge all; the next call sends all of the window again, with the
            same ids.
    """
    part = _checked_window(window)
    name = f"{cluster_id(bootstrap)}/{fingerprint(datasets)}"
    if ledger is not None and ledger.done(name, part):
        return ReplayCounts(0, 0)
    two = rate is None and (_saves_time_with_two(datasets, part) if processes is None else processes == _PROCESSES)
    # A fresh interpreter: a forked one would inherit the locks of threads that it does not have.
    with ProcessPoolExecutor(1, get_context("spawn")) if two else nullcontext() as pool:
        counts = _send_window(datasets, part, bootstrap, key, Pace(rate), progress, pool)
    if ledger is not None:
        ledger.enter(name, part, counts)
    return counts


def _checked_window(window: tuple[int, int]) -> Window:
    part = Window(*window)
    if not 1 <= part.number <= part.of:
        raise ValueError(f"window {part.number} of {part.of}: wanted a number from 1 to {max(1, part.of)}")
    return part


def _saves_time_with_two(datasets: Sequence[Dataset], window: Window) -> bool:
    """Whether a second process would save time: enough to send, and a core for it."""
    size = sum(path.stat().st_size for dataset in datasets for path in dataset.files())
    return size / window.of >= _BYTES_FOR_TWO and (os.cpu_count() or 1) > 1


def _send_window(
    datasets: Sequence[Dataset],
    window: Window,
    bootstrap: str,
    key: bytes,
    pace: Pace,
    progress: Progress | None,
    pool: Executor | None,
) -> ReplayCounts:
    """Send descriptions and dead letters, then what happened: half of the keys by the pool's process if there is one.

    Encoding in Python, not Kafka, limits a replay, and a process uses one core. All records of a key are sent by the
    same process, which keeps their order.
    """
    rows = _read_window(datasets, window)
    described, total = len(rows.descriptions), len(rows.descriptions) + len(rows.happenings)
    report = progress or (lambda sent, total: None)
    with EventProducer(bootstrap) as producer:
        _send_drafts(rows.descriptions, producer, Pseudonymiser(key), pace, lambda sent: report(sent, total))
        _send_dead_letters(rows, producer, key)
        producer.flush()
        folders = [dataset.folder for dataset in datasets]
        other = pool.submit(_send_share, folders, window, bootstrap, key) if pool else None
        mine = rows.share(0, _PROCESSES) if other else rows.happenings
        _send_drafts(mine, producer, Pseudonymiser(key), pace, lambda sent: report(described + sent, total))
        produced = producer.flush() - len(rows.bad)
    try:
        produced += other.result() if other else 0
    except BrokenProcessPool as error:
        raise DeliveryError(
            "the second producer process ended before its share was acknowledged. Run the replay again: it goes on at "
            "this window, and sending twice does no harm"
        ) from error
    report(total, total)
    return ReplayCounts(produced, len(rows.bad))


def _send_dead_letters(rows: Excerpt, producer: EventProducer, key: bytes) -> None:
    for line in rows.bad:
        producer.send(dead_letter(line.raw, line.origin, line.error, key, rows.middle, line.loader), line.origin)


def _send_share(folders: list[Path], window: Window, bootstrap: str, key: bytes) -> int:
    """In the second process: read the data again, send its share of the keys, return how many were acknowledged."""
    rows = _read_window([recognise(folder) for folder in folders], window).share(1, _PROCESSES)
    with EventProducer(bootstrap) as producer:
        _send_drafts(rows, producer, Pseudonymiser(key), Pace(None), lambda sent: None)
        return producer.flush()


def _read_window(datasets: Sequence[Dataset], window: Window) -> Excerpt:
    """Read all data sets and cut out one window; sends nothing.

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


def _send_drafts(
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
