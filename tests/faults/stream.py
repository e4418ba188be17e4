"""A topic with a little of everything, the lake that is made of it, and what its tables hold."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyspark.sql import SparkSession

from jobs import bronze
from jobs.lake import Lake
from jobs.silver import main as silver
from jobs.silver.tables import QUARANTINE, SILVER_TABLES
from streaming.broker.node import EmbeddedBroker
from streaming.kafka.admin import ensure_topics
from streaming.kafka.consumer import end_offsets
from streaming.kafka.producer import EventProducer
from streaming.kafka.topics import INPUTS
from streaming.schema.events import BoxOfficeDay, Event, ViewerDescribed
from tests.jobs.bronze_rows import NOW_MS, day, film, play, rate

VIEWERS = 40
WEEK_MS = 7 * 24 * 3_600_000
_OF_THE_WIRE = ("topic", "partition", "offset", "appended_at", "headers")


@contextmanager
def broker(folder: Path) -> Iterator[EmbeddedBroker]:
    """A broker of its own, with our topics."""
    with EmbeddedBroker(folder) as running:
        ensure_topics(running.bootstrap)
        yield running


def events() -> list[Event]:
    """Films, viewers, plays, ratings good and bad, box-office days, two of them revised, plays of an unknown film.

    The last are of long ago.
    """
    films: list[Event] = [film(f"f{n}") for n in range(5)]
    plays = [play(f"p{v}-{n}", f"f{n}", f"v{v}", NOW_MS + v) for v in range(VIEWERS) for n in range(5)]
    ratings = [rate(f"r{v}", "f0", 9 if v % 10 == 0 else 4, f"v{v}", NOW_MS + v) for v in range(VIEWERS)]
    days = [day(f"b{n}", "f1", f"2023-01-{n + 1:02d}", 1000.0 * n) for n in range(20)]
    days = [*days[:5], revised(6), *days[5:], revised(3)]  # one comes before the day that it revises
    told = [ViewerDescribed(event_id=f"v{v}", occurred_at=NOW_MS, viewer_id=f"v{v}") for v in range(VIEWERS)]
    unknown = [play(f"u{n}", "f404", f"v{n}") for n in range(7)]
    return [*films, *told, *plays, *ratings, *days, *unknown, *long_ago()]


def long_ago() -> list[Event]:
    """Plays of up to 39 weeks ago, and one of more than twenty years."""
    weeks = [play(f"w{v}", f"f{v % 5}", f"v{v}", NOW_MS - v * WEEK_MS) for v in range(VIEWERS)]
    return [*weeks, play("w-oldest", "f0", "v0", NOW_MS - 1_200 * WEEK_MS)]


def revised(number: int) -> BoxOfficeDay:
    """What was published later of day `number` of the film."""
    return day(f"b{number}-revised", "f1", f"2023-01-{number + 1:02d}", 2500.0, NOW_MS + 1)


def send(bootstrap: str, told: list[Event]) -> None:
    """Put events on their topics."""
    with EventProducer(bootstrap) as producer:
        for event in told:
            producer.send(event, "test#L1")


def on_topics(bootstrap: str) -> list[int]:
    """How many records each input topic holds."""
    ends = end_offsets(bootstrap, [topic.name for topic in INPUTS])
    return [sum(ends[topic.name].values()) for topic in INPUTS]


def ingest(spark: SparkSession, lake: Lake, bootstrap: str) -> None:
    """Topic → bronze → silver."""
    bronze.start(spark, lake, bootstrap).awaitTermination()
    silver.start(spark, lake).awaitTermination()


def contents(spark: SparkSession, lake: Lake) -> dict[str, list[str]]:
    """What was accepted and what was quarantined, without where in Kafka it stood."""
    held = {}
    for table in (*(each.path for each in SILVER_TABLES), QUARANTINE):
        rows = lake.read(spark, table).collect() if lake.exists(spark, table) else []
        held[table] = sorted(
            str({name: row[name] for name in row.asDict() if name not in _OF_THE_WIRE}) for row in rows
        )
    return held


def equal(spark: SparkSession, lake: Lake, undisturbed: Lake) -> str:
    """Compare all that was accepted and quarantined, and say how much was compared.

    Raises:
        AssertionError: the lakes hold other rows.
    """
    held, wanted = contents(spark, lake), contents(spark, undisturbed)
    assert held == wanted
    return f"equal (silver: {len(wanted)} tables, {sum(map(len, wanted.values())):,} rows)"


def lake_in(folder: Path) -> Lake:
    """A lake below a folder."""
    return Lake(str(folder / "lake"), str(folder / "checkpoints"))
