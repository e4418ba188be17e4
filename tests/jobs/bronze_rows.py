"""Bronze rows made from events, as if a partition had delivered them, and short ways to make events."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import count
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs import local_frame
from jobs.bronze import SCHEMA
from jobs.lake import Commit, Lake
from jobs.silver.batch import settle_batch
from streaming.kafka.topics import topic_of
from streaming.schema.events import BoxOfficeDay, Event, FilmDescribed, Play, Rate, Read

APPENDED = datetime(2026, 1, 1, tzinfo=UTC)
NOW_MS = 1_700_000_000_000
Row = dict[str, Any]


class FakePartition:
    """Stands in for a topic's partition: makes bronze rows of events and numbers them."""

    def __init__(self) -> None:
        self._offsets = count()

    def deliver(self, event: Event, **changes: Any) -> Row:
        """The event as a bronze row; `changes` replace columns, to make what a healthy producer would not send."""
        topic = topic_of(event.type)
        record = topic.codec.encode(event, "test#L1")
        row = {
            "topic": topic.name,
            "partition": 0,
            "offset": next(self._offsets),
            "appended_at": APPENDED,
            "key": record.key,
            "value": record.value,
            "headers": [{"key": name, "value": content} for name, content in record.headers],
        }
        return row | changes


def frame(spark: SparkSession, rows: Iterable[Row]) -> DataFrame:
    """Rows → a bronze frame."""
    names = local_frame.fields_of(SCHEMA).names
    return local_frame.of_rows(spark, [[row[name] for name in names] for row in rows], SCHEMA)


def settle(spark: SparkSession, lake: Lake, rows: Iterable[Row], batch: int) -> None:
    """Settle rows as a stream's batch of that number."""
    settle_batch(frame(spark, rows), lake, Commit("test", batch))


def film(film_id: str, **facts: Any) -> FilmDescribed:
    """A film, described."""
    named = {"event_id": f"film-{film_id}", "occurred_at": NOW_MS, "film_id": film_id, "title": f"Film {film_id}"}
    return FilmDescribed.model_validate(named | facts)


def play(event_id: str, film_id: str, viewer_id: str = "v1", at: int = NOW_MS) -> Play:
    """A film, started."""
    return Play(event_id=event_id, occurred_at=at, viewer_id=viewer_id, film_id=film_id)


def rate(event_id: str, film_id: str, rating: float, viewer_id: str = "v1", at: int = NOW_MS) -> Rate:
    """A film, rated."""
    return Rate(event_id=event_id, occurred_at=at, viewer_id=viewer_id, film_id=film_id, rating=rating)


def read(event_id: str, script_id: str, rating: float, viewer_id: str = "v1", at: int = NOW_MS) -> Read:
    """A script, read by somebody who was invited with even chances."""
    who = {"viewer_id": viewer_id, "script_id": script_id, "propensity": 0.5}
    return Read(event_id=event_id, occurred_at=at, rating=rating, **who)


def day(event_id: str, film_id: str, date: str, gross: float, at: int = NOW_MS) -> BoxOfficeDay:
    """A film's day."""
    return BoxOfficeDay.model_validate(
        {"event_id": event_id, "occurred_at": at, "film_id": film_id, "date": date, "gross": gross}
    )


def ids(spark: SparkSession, lake: Lake, table: str) -> list[str]:
    """The event ids in a table, sorted, doubles included; none where there is no table."""
    if not lake.exists(spark, table):
        return []
    return sorted(row["event_id"] or "" for row in lake.read(spark, table).select("event_id").collect())
