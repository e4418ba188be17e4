"""What a brief is worth: drafts by it and of a random genre, in pairs, rated by a hidden taste unknown to it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from models.evaluation.metrics import mean_interval
from models.scripts.protocol import Writer
from pipelines.platform.errors import NothingThere
from pipelines.scripts.decide import HOW, Commission, Wanted, commissions
from pipelines.scripts.evaluate.improve import Truth
from pipelines.scripts.writing.drafting import new_drafts

_AT_ONCE = 40  # drafts, half of them briefed


@dataclass(frozen=True)
class SegmentRow:
    """How a segment likes its drafts in truth, in standard deviations of taste."""

    segment: str
    genre: str  # that its brief asks for
    pairs: int
    briefed: float
    unbriefed: float
    gain: float


@dataclass(frozen=True)
class BriefRow:
    """All segments, each counted once; the interval is 95 %, over segments."""

    pairs: int
    refused: int  # pairs of which a draft could be had as a copy only
    briefed: float
    unbriefed: float
    gain: float
    low: float
    high: float
    higher: float  # the share of pairs whose briefed draft is liked better
    segments: list[SegmentRow]


def evaluate_briefs(
    wanted: Sequence[Wanted],
    writer: Writer,
    truth: Truth,
    pairs: int,
    seed: int = 0,
    began: Callable[[str], None] = lambda what: None,
) -> BriefRow:
    """Write as many pairs for each segment, as the loop does, and ask the truth of both.

    A segment has one brief: the unit is the segment, not the pair. Viewers stand in one segment of every facet.

    Raises:
        NothingThere: every pair holds a copy, or a segment has no members.
    """
    # The loop counts its cycles from 1: none of its drafts is among these.
    cycles = range(-1 - seed * pairs, -1 - (seed + 1) * pairs, -1)
    orders = [order for cycle in cycles for order in commissions(wanted, writer.genres, cycle)]
    table = pd.DataFrame(_liked(orders, writer, truth, began), columns=["segment", "briefed", "unbriefed"])
    if table.empty:
        raise NothingThere(f"of {len(orders) // 2} pairs of drafts each holds a copy: train the writer on more text")
    table["gain"] = table["briefed"] - table["unbriefed"]
    rows = [row for wish in wanted if (row := _row(wish, table[table["segment"] == wish.segment])).pairs]
    means = pd.DataFrame(rows)
    return BriefRow(
        len(table),
        len(orders) // 2 - len(table),
        float(means["briefed"].mean()),
        float(means["unbriefed"].mean()),
        float(means["gain"].mean()),
        *mean_interval(means["gain"], seed=seed, level=0.95),
        float((table["gain"] > 0).mean()),
        sorted(rows, key=lambda row: -row.gain),
    )


def _liked(
    orders: Sequence[Commission], writer: Writer, truth: Truth, began: Callable[[str], None]
) -> Iterator[tuple[str, float, float]]:
    """Draft each pair, ask how its segment likes both: segment, briefed, unbriefed; pairs with a copy are left out."""
    for start in range(0, len(orders), _AT_ONCE):
        began(f"drafts from {start + 1} of {len(orders)}")
        part = orders[start : start + _AT_ONCE]
        made = new_drafts(writer, [order.ask for order in part], HOW)
        for order, briefed, unbriefed in zip(part[::2], made[::2], made[1::2], strict=True):
            if briefed and unbriefed:
                yield order.segment, truth(briefed.text, order.segment), truth(unbriefed.text, order.segment)


def _row(wish: Wanted, own: pd.DataFrame) -> SegmentRow:
    """The means of a segment's pairs, as a row of the report."""
    briefed, unbriefed, gain = (float(own[name].mean()) for name in ("briefed", "unbriefed", "gain"))
    return SegmentRow(wish.segment, wish.header.genres[0], len(own), briefed, unbriefed, gain)
