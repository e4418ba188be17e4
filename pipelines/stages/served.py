"""Collect what the serving app has decided: its slates, from `decisions.recommendations` into `decisions/served`."""

from collections.abc import Iterator

from jobs import decisions
from pipelines import publish
from pipelines.context import Context
from streaming.consumer import end_offsets, read_records
from streaming.events import Slate
from streaming.serving.publishing import SOURCE
from streaming.topics import RECOMMENDATIONS

_HEADER = ("ce_source", SOURCE.encode())


def collect(context: Context, number: int) -> int:
    """Write the slates served since the cycle before, note how far was read, and return how many there were.

    A slate that an app made again after a restart has the same id, and counts once.
    """
    start = _read_before(context, number)
    ends = end_offsets(context.bootstrap, [RECOMMENDATIONS.name])[RECOMMENDATIONS.name]
    made = {slate.event_id: slate for slate in _served(context.bootstrap, start, ends)}
    if made:
        rows = publish.slate_rows(made.values()).assign(collected_in=number)
        decisions.write(context.spark, context.lake, decisions.SERVED, number, rows, column="collected_in")
    context.ledger.note(number, served=len(made), served_read={str(place): end for place, end in ends.items()})
    return len(made)


def _read_before(context: Context, number: int) -> dict[int, int]:
    """Partition → the next offset, as an earlier cycle noted it."""
    noted = [
        each["served_read"] for each in context.ledger.records() if each["cycle"] < number and "served_read" in each
    ]
    return {int(place): end for place, end in noted[-1].items()} if noted else {}


def _served(bootstrap: str, start: dict[int, int], ends: dict[int, int]) -> Iterator[Slate]:
    for record in read_records(bootstrap, RECOMMENDATIONS.name, start):
        if record.value is None or _HEADER not in record.headers or record.offset >= ends[record.partition]:
            continue
        event = RECOMMENDATIONS.codec.decode(record.value, record.headers)
        if isinstance(event, Slate):
            yield event
