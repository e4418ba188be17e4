"""All rows of several data sets as one sequence, cut into windows."""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar
from zlib import crc32

from streaming.datasets.dataset import BadLine, Dataset, Draft, by_time
from streaming.replay_ledger import Window

Row = TypeVar("Row", Draft, BadLine)


class Excerpt(NamedTuple):
    """What one window brings: descriptions of films, then what happened, each by time, and bad lines."""

    films: list[Draft]
    happenings: list[Draft]
    bad: list[BadLine]

    def share(self, index: int, count: int) -> "Excerpt":
        """One of `count` parts that keep together what has the same key; `index` from 0."""
        mine = [draft for draft in self.happenings if _bucket(draft, count) == index]
        return Excerpt(self.films, mine, self.bad)

    @property
    def middle(self) -> int:
        """The time of the row in the middle, UTC milliseconds: unlike the last, no wrong clock moves it."""
        rows = self.happenings or self.films
        return rows[len(rows) // 2].occurred_at if rows else 0


def excerpt(datasets: Sequence[Dataset], window: Window) -> Excerpt:
    """Read all data sets and cut out one window.

    All descriptions come before all happenings, so that no happening meets a film that is not described yet;
    the windows are of equal numbers of rows. Bad lines have no time: they come with the first window.

    Raises:
        DatasetError: a file cannot be read.
    """
    readings = [dataset.read() for dataset in datasets]
    films = by_time(draft for reading in readings for draft in reading.films)
    happenings = by_time(draft for reading in readings for draft in reading.happenings)
    bad = [line for reading in readings for line in reading.bad] if window.number == 1 else []
    rows = len(films) + len(happenings)
    first, last = rows * (window.number - 1) // window.of, rows * window.number // window.of
    described = len(films)
    return Excerpt(films[first:last], happenings[max(0, first - described) : max(0, last - described)], bad)


def _bucket(draft: Draft, count: int) -> int:
    return crc32(str(draft.fields[0]).encode()) % count
