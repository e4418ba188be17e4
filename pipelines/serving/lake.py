"""What the server reads of the lake, without Spark: histories up to the last cycle's offsets, and the catalogue."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipelines import tables
from pipelines.ledger import Ledger, Record
from pipelines.state import State
from streaming.serving.deciding import Film
from streaming.serving.past import COLUMNS, Past
from streaming.topics import VIEWING

SILVER, FILMS = "silver/viewing", "features/film"


@dataclass(frozen=True)
class Cycle:
    """The last finished cycle: its number, and the version of the feature table that its slates were made from."""

    number: int
    feature_version: int | None


def past(state: State) -> Past:
    """The histories in silver that the last finished cycle has read; the topic has the rest."""
    record = _finished(state)
    events = tables.read(state.lake, SILVER, list(COLUMNS)) if record else None
    if record is None or events is None:
        return Past()
    offsets = {int(partition): end for partition, end in record["read"].get(VIEWING.name, {}).items()}
    moments = events["occurred_at"].dt.as_unit("ms").astype("int64")
    return Past.of(events.assign(occurred_at=moments), offsets)


def last_cycle(state: State) -> Cycle:
    """The last finished cycle; number 0 before the first."""
    record = _finished(state)
    if record is None:
        return Cycle(0, None)
    return Cycle(record["cycle"], record.get("features", {}).get("interaction_sequence"))


def catalogue(state: State) -> dict[str, Film]:
    """The films that are out, by film_id in ascending order."""
    frame = tables.read(state.lake, FILMS, ["film_id", "title", "genres", "released"])
    if frame is None:
        return {}
    out = frame[frame["released"]].sort_values("film_id")
    return {film: Film(film, title, _texts(genres)) for film, title, genres, _ in out.itertuples(index=False)}


def films_version(state: State) -> str:
    """The newest commit of the catalogue's table, without opening it; empty where there is none."""
    commits = (state.lake / FILMS / "_delta_log").glob("*.json")
    return max((path.stem for path in commits), default="")


def changes(path: Path) -> tuple[int, int]:
    """What changes when a file is written, or an entry of a folder is: time and size; zeros where nothing is."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _finished(state: State) -> Record | None:
    records = [record for record in Ledger(state.cycles).records() if record["closed"] and "read" in record]
    return records[-1] if records else None


def _texts(values: Iterable[str] | None) -> tuple[str, ...]:
    return () if values is None else tuple(values)
