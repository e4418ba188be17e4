"""Real data → Kafka: data sets merged by time, sent a window at a time, by two processes where that pays."""

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from streaming.datasets.dataset import Dataset, fingerprint
from streaming.kafka.admin import cluster_id
from streaming.kafka.dead_letters import dead_letter
from streaming.kafka.producer import EventProducer
from streaming.replay.companion import PROCESSES, Companion
from streaming.replay.ledger import ReplayCounts, ReplayLedger, Window
from streaming.replay.rows import Excerpt, Pace, excerpt, send_drafts
from streaming.schema.identity import Pseudonymiser

# About 100,000 events: below that, starting a second process and reading twice costs more than it saves.
_BYTES_FOR_TWO = 2_500_000

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
    with ExitStack() as stack:
        companion = None
        two = _pays(datasets, part) if processes is None else processes == PROCESSES
        if two and rate is None:
            folders = [dataset.folder for dataset in datasets]
            companion = stack.enter_context(Companion(folders, bootstrap, key, part))
        counts = _send(excerpt(datasets, part), bootstrap, key, Pace(rate), progress, companion)
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
    rows: Excerpt,
    bootstrap: str,
    key: bytes,
    pace: Pace,
    progress: Progress | None,
    companion: Companion | None,
) -> ReplayCounts:
    """Descriptions and letters first; then what happened, a share of it by the companion if there is one."""
    total = len(rows.descriptions) + len(rows.happenings)
    mine = rows.happenings if companion is None else rows.share(0, PROCESSES)

    def report(sent: int) -> None:
        if companion is not None:
            companion.poll()
            sent += companion.sent
        if progress is not None:
            progress(sent, total)

    pseudonymise = Pseudonymiser(key)
    with EventProducer(bootstrap) as producer:
        send_drafts(rows.descriptions, producer, pseudonymise, pace, report)
        for line in rows.bad:
            letter = dead_letter(line.raw, line.origin, line.error, key, rows.middle, line.loader)
            producer.send(letter, line.origin)
        producer.flush()
        if companion is not None:
            companion.begin()
        send_drafts(mine, producer, pseudonymise, pace, lambda sent: report(len(rows.descriptions) + sent))
        produced = producer.flush() - len(rows.bad)
    if companion is not None:
        produced += companion.finish(lambda: report(len(rows.descriptions) + len(mine)))
    return ReplayCounts(produced, len(rows.bad))
