"""Collect what the serving app has decided: its slates, from `decisions.recommendations` into `decisions/served`."""

from jobs import decisions
from pipelines.platform import state_source
from pipelines.platform.context import Context
from pipelines.recommending import slates
from streaming.kafka.consumer import end_offsets
from streaming.kafka.producer import send_all
from streaming.kafka.topics import RECOMMENDATIONS
from streaming.schema.events import DeadLetter, Slate
from streaming.serving.delivery.served_slates import read_served


def collect(context: Context, number: int) -> int:
    """Write to the lake the slates served since the last cycle, note how far that is, and return how many there were.

    A slate that an app made again after a restart has the same id, and counts once. What is no slate becomes a dead
    letter, in a repeated cycle the same one.
    """
    start, key = _read_before(context, number), state_source.key(context.state)
    ends = end_offsets(context.bootstrap, [RECOMMENDATIONS.name])[RECOMMENDATIONS.name]
    found = list(read_served(context.bootstrap, start, ends, key))
    made = {slate.event_id: slate for slate in found if isinstance(slate, Slate)}
    if made:
        rows = slates.slate_rows(made.values()).assign(collected_in=number)
        decisions.write(context.spark, context.lake, decisions.SERVED, number, rows, column="collected_in")
    if letters := [letter for letter in found if isinstance(letter, DeadLetter)]:
        send_all(context.bootstrap, ((letter, letter.origin) for letter in letters))
    context.ledger.note(number, served=len(made), served_read={str(place): end for place, end in ends.items()})
    return len(made)


def _read_before(context: Context, number: int) -> dict[int, int]:
    """Partition → the next offset, from the record of an earlier cycle."""
    noted = [
        each["served_read"] for each in context.ledger.records() if each["cycle"] < number and "served_read" in each
    ]
    return {int(place): end for place, end in noted[-1].items()} if noted else {}
