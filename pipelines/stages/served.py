"""Collect what the serving app has decided: its slates, from `decisions.recommendations` into `decisions/served`."""

from jobs import decisions
from pipelines import publish, source
from pipelines.context import Context
from streaming.consumer import end_offsets
from streaming.events import DeadLetter, Slate
from streaming.producer import EventProducer
from streaming.served import read_served
from streaming.topics import RECOMMENDATIONS


def collect(context: Context, number: int) -> int:
    """Write the slates served since the cycle before, note how far was read, and return how many there were.

    A slate that an app made again after a restart has the same id, and counts once. What is no slate becomes a dead
    letter, in a repeated cycle the same one.
    """
    start, key = _read_before(context, number), source.key(context.state)
    ends = end_offsets(context.bootstrap, [RECOMMENDATIONS.name])[RECOMMENDATIONS.name]
    found = list(read_served(context.bootstrap, start, ends, key))
    made = {slate.event_id: slate for slate in found if isinstance(slate, Slate)}
    if made:
        rows = publish.slate_rows(made.values()).assign(collected_in=number)
        decisions.write(context.spark, context.lake, decisions.SERVED, number, rows, column="collected_in")
    _send(context, [letter for letter in found if isinstance(letter, DeadLetter)])
    context.ledger.note(number, served=len(made), served_read={str(place): end for place, end in ends.items()})
    return len(made)


def _read_before(context: Context, number: int) -> dict[int, int]:
    """Partition → the next offset, as an earlier cycle noted it."""
    noted = [
        each["served_read"] for each in context.ledger.records() if each["cycle"] < number and "served_read" in each
    ]
    return {int(place): end for place, end in noted[-1].items()} if noted else {}


def _send(context: Context, letters: list[DeadLetter]) -> None:
    if letters:
        with EventProducer(context.bootstrap) as producer:
            for letter in letters:
                producer.send(letter, letter.origin)
