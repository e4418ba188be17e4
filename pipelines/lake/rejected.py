"""All that was refused, wherever: what the border could not read, and what the lake does not accept."""

from dataclasses import dataclass
from typing import Any

from pipelines.lake import delta
from pipelines.platform import processes, state_source
from pipelines.platform.context import Context
from pipelines.platform.errors import NothingThere
from pipelines.platform.state import State
from streaming.broker.node import EmbeddedBroker
from streaming.broker.stopped import read_stopped
from streaming.kafka.dead_letters import Letter, letters_of, list_letters
from streaming.kafka.topics import DEAD_LETTERS
from streaming.settings import external_bootstrap

QUARANTINE = "silver/quarantine"


@dataclass(frozen=True)
class Refused:
    """Something refused: its id, by whom, where it came from, why, and whether it is open still."""

    id: str
    by: str
    origin: str
    reason: str
    resolved: bool


def everything(context: Context) -> list[Refused]:
    """Read dead letters, then quarantined rows, each in the order in which it came."""
    return [*map(_refused_of_letter, _read_letters(context.state)), *_read_quarantined(context)]


def bytes_of(context: Context, identity: str) -> tuple[Refused, bytes]:
    """Read what was refused under this id, and decrypt its bytes as received.

    Raises:
        NothingThere: nothing refused has this id, or more than one thing has an id that begins so.
    """
    refusals = everything(context)
    found = [refused for refused in refusals if refused.id == identity]
    found = found or [refused for refused in refusals if refused.id.startswith(identity)]
    if len(found) != 1:
        raise NothingThere(
            f"{len(found)} refused things have an id that begins {identity!r}: `cineloop dead-letters list`"
        )
    refused = found[0]
    if refused.by == "lake":
        rows = delta.read(context.state.lake, QUARANTINE)
        assert rows is not None
        return refused, bytes(
            next(row["value"] or b"" for row in delta.records(rows) if _place_in_kafka(row) == refused.id)
        )
    letters = [letter for letter in _read_letters(context.state) if letter.letter.event_id == refused.id]
    return refused, letters[0].raw(state_source.key(context.state))


def _read_letters(state: State) -> list[Letter]:
    """Read the letters of the state's cluster; where its embedded broker does not run, from the broker's files."""
    if external_bootstrap() or EmbeddedBroker(state.broker).status().running:
        with processes.broker(state) as bootstrap:
            return list_letters(bootstrap)
    return letters_of(read_stopped(state.broker, DEAD_LETTERS.name))


def _refused_of_letter(found: Letter) -> Refused:
    letter = found.letter
    return Refused(letter.event_id, "border", letter.origin, letter.error, found.resolved_by is not None)


def _read_quarantined(context: Context) -> list[Refused]:
    rows = delta.read(context.state.lake, QUARANTINE, ["topic", "partition", "offset", "source", "reason", "event_id"])
    if rows is None:
        return []
    ordered = delta.records(rows.sort_values(["topic", "partition", "offset"]))
    places = ((_place_in_kafka(row), row) for row in ordered)
    return [Refused(at, "lake", f"{row['source'] or '?'} at {at}", row["reason"], False) for at, row in places]


def _place_in_kafka(row: dict[str, Any]) -> str:
    return f"{row['topic']}/{row['partition']}/{row['offset']}"
