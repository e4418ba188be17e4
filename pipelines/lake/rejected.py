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

    identity: str
    by: str
    origin: str
    reason: str
    resolved: bool

    def record(self) -> dict[str, Any]:
        """As JSON shows it."""
        return {
            "id": self.identity,
            "by": self.by,
            "origin": self.origin,
            "reason": self.reason,
            "resolved": self.resolved,
        }


def everything(context: Context) -> list[Refused]:
    """Dead letters first, then quarantined rows, each in the order in which it came."""
    return [*map(_of_letter, _letters(context.state)), *_quarantined(context)]


def bytes_of(context: Context, identity: str) -> tuple[Refused, bytes]:
    """What was refused, and its bytes as received.

    Raises:
        NothingThere: nothing refused has this id, or more than one thing has an id that begins so.
    """
    refusals = everything(context)
    found = [refused for refused in refusals if refused.identity == identity]
    found = found or [refused for refused in refusals if refused.identity.startswith(identity)]
    if len(found) != 1:
        raise NothingThere(
            f"{len(found)} refused things have an id that begins {identity!r}: `cineloop dead-letters list`"
        )
    refused = found[0]
    if refused.by == "lake":
        return refused, _row_bytes(context, refused.origin)
    letters = [letter for letter in _letters(context.state) if letter.letter.event_id == refused.identity]
    return refused, letters[0].raw(state_source.key(context.state))


def _letters(state: State) -> list[Letter]:
    """The letters of the state's cluster; where its embedded broker does not run, of the broker's files."""
    if external_bootstrap() or EmbeddedBroker(state.broker).status().running:
        with processes.broker(state) as bootstrap:
            return list_letters(bootstrap)
    return letters_of(read_stopped(state.broker, DEAD_LETTERS.name))


def _of_letter(letter: Letter) -> Refused:
    return Refused(
        letter.letter.event_id,
        "border",
        letter.letter.origin,
        letter.letter.error,
        letter.resolved_by is not None,
    )


def _quarantined(context: Context) -> list[Refused]:
    rows = delta.read(context.state.lake, QUARANTINE, ["topic", "partition", "offset", "source", "reason", "event_id"])
    if rows is None:
        return []
    ordered = rows.sort_values(["topic", "partition", "offset"])
    return [Refused(_place(row), "lake", _from(row), row["reason"], False) for row in delta.records(ordered)]


def _place(row: dict[str, Any]) -> str:
    return f"{row['topic']}/{row['partition']}/{row['offset']}"


def _from(row: dict[str, Any]) -> str:
    return f"{row['source'] or '?'} at {_place(row)}"


def _row_bytes(context: Context, origin: str) -> bytes:
    rows = delta.read(context.state.lake, QUARANTINE)
    assert rows is not None
    place = origin.rpartition(" at ")[2]
    return bytes(next(row["value"] or b"" for row in delta.records(rows) if _place(row) == place))
