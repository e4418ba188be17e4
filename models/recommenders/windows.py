"""Histories cut into windows and packed into batches: what the sequence encoder reads while it trains."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.recommenders.histories import Histories, IntArray


@dataclass(frozen=True)
class Batch:
    """Windows of similar length, padded at their end.

    `films` and `nexts` are positions of films, shape (windows, length): at each place what was watched, and what
    was watched right after it. `before`, of the same shape, counts the films that the viewer had watched by then;
    `real` is false where the window has ended.
    """

    films: IntArray
    nexts: IntArray
    before: IntArray
    real: np.ndarray


def target_count(histories: Histories) -> int:
    """How many interactions have one before them in their viewer's history."""
    return len(histories.film) - int(np.count_nonzero(histories.lengths))


def training_batches(
    histories: Histories, length: int, most: int, tokens: int, random: np.random.Generator
) -> Iterator[Batch]:
    """Cut histories into the batches of one epoch, at random: each interaction is predicted at most once.

    Histories are cut at random, so that epochs differ and short pasts are learned from, too; of a viewer at most
    `most` windows are read an epoch, so that those who watch most do not take most of the time. Windows of similar
    length share a batch of about `tokens` places, and batches come in random order.
    """
    begins, ends = _drawn(histories, *_cut(histories, length, random), most, random)
    size = ends - begins
    before = begins - np.searchsorted(histories.viewer, histories.viewer[begins])
    # A little noise on the length: batches then differ between epochs, and padding stays small.
    order = np.argsort(size + random.uniform(0, length / 10, len(size)))
    groups = _grouped(size[order], tokens)
    for group in random.permutation(len(groups)):
        chosen = order[groups[group]]
        yield _packed(histories.film, begins[chosen], size[chosen], before[chosen])


@dataclass(frozen=True)
class LastWindows:
    """The newest films of some viewers, oldest first, padded at the end by film 0.

    `films` has shape (viewers, length), of which `filled` (viewers,) are real; `before` (viewers,) went before them.
    """

    films: IntArray
    filled: IntArray
    before: IntArray


def last_window(histories: Histories, length: int) -> LastWindows:
    """The newest `length` films of each viewer."""
    recency = histories.recency
    kept = recency <= length
    filled = np.minimum(histories.lengths, length)
    films = np.zeros((histories.shape[0], length), dtype=np.int64)
    viewer = histories.viewer[kept]
    films[viewer, filled[viewer] - recency[kept]] = histories.film[kept]
    return LastWindows(films, filled, histories.lengths - filled)


def _cut(histories: Histories, length: int, random: np.random.Generator) -> tuple[IntArray, IntArray]:
    """Where windows of inputs begin and end among the interactions: the first of each viewer is of random length."""
    counts = histories.lengths
    viewers = np.flatnonzero(counts > 1)
    starts = (np.cumsum(counts) - counts)[viewers]
    stops = starts + counts[viewers] - 1  # the newest film is nobody's input
    first = starts + random.integers(1, length + 1, len(viewers))
    begins = [
        np.concatenate(([start], np.arange(cut, stop, length)))
        for start, cut, stop in zip(starts, first, stops, strict=True)
    ]
    if not begins:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    ends = [np.append(begin[1:], stop) for begin, stop in zip(begins, stops, strict=True)]
    return np.concatenate(begins), np.concatenate(ends)


def _drawn(
    histories: Histories, begins: IntArray, ends: IntArray, most: int, random: np.random.Generator
) -> tuple[IntArray, IntArray]:
    """At most so many windows of each viewer, drawn at random."""
    viewer = histories.viewer[begins]
    order = np.lexsort((random.random(len(viewer)), viewer))
    place = np.arange(len(viewer)) - np.searchsorted(viewer, viewer)  # windows come sorted by viewer
    kept = np.sort(order[place < most])
    return begins[kept], ends[kept]


def _grouped(sizes: IntArray, tokens: int) -> list[slice]:
    """Consecutive windows, ascending in size, whose padded places are about `tokens`; one window at least."""
    groups, begin = [], 0
    while begin < len(sizes):
        end = begin + 1
        while end < len(sizes) and (end + 1 - begin) * sizes[end] <= tokens:
            end += 1
        groups.append(slice(begin, end))
        begin = end
    return groups


def _packed(film: IntArray, begins: IntArray, sizes: IntArray, before: IntArray) -> Batch:
    """Windows as a batch, padded to the longest."""
    places = np.arange(sizes.max())
    real = places < sizes[:, None]
    index = begins[:, None] + np.where(real, places, 0)
    return Batch(film[index], film[index + 1], before[:, None] + places, real)
