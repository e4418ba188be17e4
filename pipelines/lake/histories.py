"""What the server reads of the lake, without Spark: histories up to the last cycle's offsets."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.dataset as ds

from pipelines.lake import catalogue, delta
from pipelines.platform.errors import NothingThere
from pipelines.platform.ledger import Ledger, Record
from pipelines.platform.state import State
from streaming.errors import CodecError
from streaming.kafka.topics import VIEWING
from streaming.schema.bounds import UNKNOWN_FILM
from streaming.schema.events import ViewingEvent
from streaming.serving.histories.lake_histories import COLUMNS, LakeHistories

SILVER, QUARANTINE = "silver/viewing", "silver/quarantine"


@dataclass(frozen=True)
class FinishedCycle:
    """The last finished cycle: its number, and the version of the feature table that its slates were made from."""

    number: int
    feature_version: int | None


def past(state: State) -> LakeHistories:
    """Read from the lake the histories up to the last finished cycle; the topic has the rest.

    With them what waits in quarantine for its film to be described: the app that was told of it live has it, too.

    Raises:
        NothingThere: a cycle has read events, and the lake has none of them: it is away.
    """
    record = _last_finished_record(state)
    if record is None:
        return LakeHistories()
    unsettled = waiting(state.lake)  # before silver: a row stands there before it leaves the quarantine
    events = delta.read(state.lake, SILVER, list(COLUMNS))
    offsets = {int(partition): end for partition, end in record["read"].get(VIEWING.name, {}).items()}
    if events is None:
        if any(offsets.values()) and not (state.lake / QUARANTINE).is_dir():
            raise NothingThere(f"cycle {record['cycle']} has read events, and {state.lake} holds none: bring it back")
        return LakeHistories()
    told = in_milliseconds(events)
    return LakeHistories.of(told if unsettled is None else _settled_and_unsettled(told, unsettled), offsets)


def in_milliseconds(events: pd.DataFrame) -> pd.DataFrame:
    """Rows of silver's viewing as `LakeHistories.of` reads them."""
    return events.assign(occurred_at=events["occurred_at"].dt.as_unit("ms").astype("int64"))


def waiting(lake: Path) -> pd.DataFrame | None:
    """Read the viewing events in quarantine whose film nobody has described, as rows of `COLUMNS`; None if none."""
    unknown = (ds.field("reason") == UNKNOWN_FILM) & (ds.field("topic") == VIEWING.name)
    found = delta.read(lake, QUARANTINE, ["partition", "offset", "value", "headers"], unknown)
    rows = [] if found is None else [row for place in delta.records(found) if (row := _viewing_row(**place))]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"rating": float}) if rows else None


def last_cycle(state: State) -> FinishedCycle:
    """Read the last finished cycle from the ledger; number 0 before the first."""
    record = _last_finished_record(state)
    if record is None:
        return FinishedCycle(0, None)
    return FinishedCycle(record["cycle"], record.get("features", {}).get("interaction_sequence"))


def films_version(state: State) -> str:
    """The newest commit of the catalogue's table, by its files' names; empty where there is none."""
    commits = (state.lake / catalogue.TABLE / "_delta_log").glob("*.json")
    return max((path.stem for path in commits), default="")


def changes(path: Path) -> tuple[int, int]:
    """Time and size of a file or folder, which change when it is written; zeros where nothing is."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _viewing_row(
    partition: int, offset: int, value: bytes, headers: Iterable[Mapping[str, Any]]
) -> dict[str, Any] | None:
    try:
        event = VIEWING.codec.decode(value, [(header["key"], header["value"]) for header in headers])
    except CodecError:
        return None
    if not isinstance(event, ViewingEvent):
        return None
    kind = event.type.rpartition(".")[2]
    return {"rating": None, **event.model_dump(), "type": kind, "partition": partition, "offset": offset}


def _settled_and_unsettled(settled: pd.DataFrame, unsettled: pd.DataFrame) -> pd.DataFrame:
    """Both kinds of rows; an event in both has left the quarantine in between, and is settled."""
    return pd.concat([settled, unsettled]).drop_duplicates("event_id", ignore_index=True)


def _last_finished_record(state: State) -> Record | None:
    records = [record for record in Ledger(state.cycles).records() if record["closed"] and "read" in record]
    return records[-1] if records else None
