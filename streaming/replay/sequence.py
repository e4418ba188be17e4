"""All rows of several data sets as one sequence, cut into windows."""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar
from zlib import crc32

from streaming.datasets.dataset import BadLine, Dataset, Draft, by_time
from streaming.replay.ledger import Window

Row = TypeVar("Row", Draft, BadLine)


class Excerpt(NamedTuple):
    """What one window brings: descriptions of films and viewers, then what happened, each by time, and bad lines."""

    descriptions: list[Draft]
    happenings: list[Draft]
    bad: list[BadLine]

    def share(self, index: int, count: int) -> "Excerpt":
        """One of `count` parts that keep together what has the same key; `index` from 0."""
        mine = [draft for draft in self.happenings if _bucket(draft, count) == index]
        return Excerpt(self.descriptions, mine, self.bad)

    @property
    def middle(self) -> int:
        """The time of the row in the middle, UTC milliseconds: unlike the last, no wrong clock moves it."""
        rows = self.happenings or self.descriptions
        return rows[len(rows) // 2].occurred_at if rows else 0


def excerpt(datasets: Sequence[Dataset], window: Window) -> Excerpt:
    """Read all data sets and cut out one window.

    All descriptions come with the first window, so that no happening meets a film that is not described yet, and
    no window is without happenings; those are cut into equal numbers. Bad lines have no time: they too come first.

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


def _bucket(draft: Draft, count: int) -> int:
    return crc32(str(draft.fields[0]).encode()) % count
