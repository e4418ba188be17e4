"""What a cycle decides stands in the lake before it is sent, and what stands there is sent as it stands.

A cycle that goes on after it was killed may know more than when it wrote: somebody may have seen the first decision by
then, and what is learned of it is joined by its id.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Generic, TypeVar

import pandas as pd
import pyarrow.compute as pc
from pydantic import BaseModel

from jobs import decisions
from pipelines.lake import delta
from pipelines.platform.context import Context
from pipelines.platform.deadlines import Deadlines
from pipelines.platform.ledger import Record
from pipelines.platform.model_registry import Version
from streaming.schema.events import Event

Decision = TypeVar("Decision", bound=Event)


@dataclass(frozen=True)
class Outbox(Generic[Decision]):
    """A table of decisions: events → its rows, and its rows, some at least, → the events."""

    table: str
    rows: Callable[[Sequence[Decision]], pd.DataFrame]
    events: Callable[[pd.DataFrame], list[Decision]]


def publish(
    context: Context, number: int, outbox: Outbox[Decision], make: Callable[[], list[Decision]]
) -> list[Decision]:
    """Send what the cycle has written already; if nothing, make, write to the lake and send. Returns what was sent.

    `make` notes in the ledger what is to be kept of the making: of what was written before, the note stands already.
    """
    rows = written(context, outbox.table, number)
    if len(rows):
        made = outbox.events(rows)
    else:
        made = make()
        decisions.write(context.spark, context.lake, outbox.table, number, outbox.rows(made))
    send(context, made, number)
    return made


def written(context: Context, table: str, number: int) -> pd.DataFrame:
    """Read the rows that a cycle has written already; none where it has not."""
    rows = delta.read(context.state.lake, table, where=pc.field("cycle") == number)
    return pd.DataFrame() if rows is None else rows


def send(context: Context, made: Iterable[Event], number: int) -> None:
    """Send a cycle's decisions to their topics and wait until Kafka has them."""
    from streaming.kafka.producer import send_all  # brings the Kafka client: not for verbs that only read

    send_all(context.bootstrap, ((event, f"cycle/{number}") for event in made))


def decided_by(record: Record, version: Version | None, feature_version: int) -> dict[str, Any]:
    """The fields that all decisions of a cycle by one model share; `version` is None where none decided."""
    return {
        "cycle": record["cycle"],
        "occurred_at": record["as_of"],
        "model": version.member if version else None,
        "model_version": version.name if version else None,
        "feature_version": feature_version,
    }


def awaited(context: Context, table: str, number: int) -> pd.DataFrame | None:
    """Read what earlier cycles decided and whose outcomes may still come; None where there are none."""
    since = Deadlines.of(context.ledger, number).since(decisions.TERMS[table])
    rows = delta.read(context.state.lake, table, where=(pc.field("cycle") >= since) & (pc.field("cycle") < number))
    return None if rows is None or rows.empty else rows


def in_parts(
    table: str, kind: type[Decision], identity: str, parts: str, part: type[BaseModel], order: Sequence[str]
) -> Outbox[Decision]:
    """The outbox of events of several parts, a row a part; see `gathered`.

    Args:
        order: columns by which rows are sorted before they become events; missing values come first.
    """

    def rows_of_events(made: Sequence[Decision]) -> pd.DataFrame:
        return pd.DataFrame(
            [
                {**event.model_dump(exclude={parts, "event_id"}), identity: event.event_id, **each.model_dump()}
                for event in made
                for each in getattr(event, parts)
            ]
        )

    def events_of_rows(written: pd.DataFrame) -> list[Decision]:
        ordered = written.sort_values(list(order), na_position="first")
        return gathered(kind, ordered, identity, parts, part)

    return Outbox(table, rows_of_events, events_of_rows)


def gathered(
    kind: type[Decision], rows: pd.DataFrame, identity: str, parts: str, part: type[BaseModel]
) -> list[Decision]:
    """Events whose rows, one a part, follow one another.

    Args:
        identity: the column that holds the event's id.
        parts: the event's field that its parts, models of `part`, make up.
    """
    events = groupby(delta.records(rows), key=lambda row: row[identity])
    return [_event_of_rows(kind, str(name), list(own), parts, part) for name, own in events]


def _event_of_rows(
    kind: type[Decision], name: str, rows: list[dict[str, Any]], parts: str, part: type[BaseModel]
) -> Decision:
    about = {field: value for field, value in rows[0].items() if field in kind.model_fields}
    made = tuple(part(**{field: row[field] for field in part.model_fields}) for row in rows)
    return kind(**{**about, "event_id": name, parts: made})
