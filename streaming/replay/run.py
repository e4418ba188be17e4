"""Real data → Kafka: data sets merged by time, sent a window at a time, by two processes where that pays."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from multiprocessing import get_context
from pathlib import Path

from streaming.datasets.dataset import Dataset, fingerprint
from streaming.datasets.recognise import recognise
from streaming.errors import DeliveryError
from streaming.kafka.admin import cluster_id
from streaming.kafka.dead_letters import dead_letter
from streaming.kafka.producer import EventProducer
from streaming.replay.ledger import ReplayCounts, ReplayLedger, Window
from streaming.replay.rows import Excerpt, Pace, excerpt, send_drafts
from streaming.schema.identity import Pseudonymiser

# About 100,000 events: below that, starting a second process and reading twice costs more than it saves.
_BYTES_FOR_TWO = 2_500_000
_PROCESSES = 2

Progress = Callable[[int, int], None]


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
    part = _checked(window)
    name = f"{cluster_id(bootstrap)}/{fingerprint(datasets)}"
    if ledger is not None and ledger.done(name, part):
        return ReplayCounts(0, 0)
    two = rate is None and (_pays(datasets, part) if processes is None else processes == _PROCESSES)
    # A fresh interpreter: a forked one would inherit the locks of threads that it does not have.
    with ProcessPoolExecutor(1, get_context("spawn")) if two else nullcontext() as pool:
        counts = _send(datasets, part, bootstrap, key, Pace(rate), progress, pool)
    if ledger is not None:
        ledger.enter(name, part, counts)
    return counts


def _checked(window: tuple[int, int]) -> Window:
    part = Window(*window)
    if not 1 <= part.number <= part.of:
        raise ValueError(f"window {part.number} of {part.of}: wanted a number from 1 to {max(1, part.of)}")
    return part


def _pays(datasets: Sequence[Dataset], window: Window) -> bool:
    """Whether a second process would save time: enough to send, and a core for it."""
    size = sum(path.stat().st_size for dataset in datasets for path in dataset.files())
    return size / window.of >= _BYTES_FOR_TWO and (os.cpu_count() or 1) > 1


def _send(
    datasets: Sequence[Dataset],
    window: Window,
    bootstrap: str,
    key: bytes,
    pace: Pace,
    progress: Progress | None,
    pool: Executor | None,
) -> ReplayCounts:
    """Descriptions and letters first; then what happened, half of the keys by the process of the pool if there is one.

    Encoding in Python, not Kafka, limits a replay, and a process uses one core. All records of a key are sent by the
    same process, which keeps their order.
    """
    rows = excerpt(datasets, window)
    described, total = len(rows.descriptions), len(rows.descriptions) + len(rows.happenings)
    report = progress or (lambda sent, total: None)
    with EventProducer(bootstrap) as producer:
        send_drafts(rows.descriptions, producer, Pseudonymiser(key), pace, lambda sent: report(sent, total))
        _send_letters(rows, producer, key)
        producer.flush()
        folders = [dataset.folder for dataset in datasets]
        other = pool.submit(_send_share, folders, window, bootstrap, key) if pool else None
        mine = rows.share(0, _PROCESSES) if other else rows.happenings
        send_drafts(mine, producer, Pseudonymiser(key), pace, lambda sent: report(described + sent, total))
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


def _send_letters(rows: Excerpt, producer: EventProducer, key: bytes) -> None:
    for line in rows.bad:
        producer.send(dead_letter(line.raw, line.origin, line.error, key, rows.middle, line.loader), line.origin)


def _send_share(folders: list[Path], window: Window, bootstrap: str, key: bytes) -> int:
    """The second process: it reads the same data, and returns how many events of its share are acknowledged."""
    rows = excerpt([recognise(folder) for folder in folders], window).share(1, _PROCESSES)
    with EventProducer(bootstrap) as producer:
        send_drafts(rows, producer, Pseudonymiser(key), Pace(None), lambda sent: None)
        return producer.flush()
