"""A lake's silver tables made from events without Spark, with the columns that forecasters read."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
from deltalake import write_deltalake

from streaming.schema.events import BoxOfficeDay, Event, FilmDescribed

_WHEN = pa.timestamp("us", tz="UTC")
_LISTS = ("genres", "people", "directors", "writers", "stars", "companies", "countries", "languages")
_FILMS = pa.schema(
    [
        *[(name, pa.string()) for name in ("event_id", "film_id", "title", "synopsis", "distributor", "certificate")],
        *[(name, pa.list_(pa.string())) for name in _LISTS],
        *[(name, pa.float64()) for name in ("budget", "runtime_minutes")],
        *[(name, pa.date32()) for name in ("release_date", "opens")],
        *[("wide", pa.bool_()), ("opening_theatres", pa.int32()), ("occurred_at", _WHEN)],
    ]
)
_BOXOFFICE = pa.schema(
    [
        *[(name, pa.string()) for name in ("event_id", "film_id", "territory")],
        *[("date", pa.date32()), ("gross", pa.float64()), ("screens", pa.int32()), ("occurred_at", _WHEN)],
    ]
)


def write_silver(lake: Path, events: Iterable[Event]) -> Path:
    """Append events to silver/films and silver/boxoffice; each is there once, as silver would have it."""
    told = list(events)
    films = [event for event in told if isinstance(event, FilmDescribed)]
    days = [event for event in told if isinstance(event, BoxOfficeDay)]
    for name, rows, schema in (("films", films, _FILMS), ("boxoffice", days, _BOXOFFICE)):
        table = pa.Table.from_pylist([_row(event) for event in rows], schema)
        write_deltalake(lake / "silver" / name, table, mode="append")
    return lake


def _row(event: Event) -> dict[str, object]:
    return {**event.model_dump(), "occurred_at": event.occurred_at * 1000}
