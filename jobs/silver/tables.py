"""The silver tables: for each, which accepted rows it holds and which columns it keeps of them."""

from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs import local_frame
from jobs.bronze import SCHEMA as BRONZE_SCHEMA
from jobs.silver.parse import POSITION, day_of, parsed
from streaming.schema.bounds import DAYS_OF_FILMS, UNKNOWN_FILM

_ORIGIN = ("source", *POSITION)


@dataclass(frozen=True)
class SilverTable:
    """A table, the kind of the events that it holds (`viewing` of `viewing.play`), and the columns that it keeps."""

    name: str
    kind: str
    columns: Callable[[], list[Column]]

    @property
    def path(self) -> str:
        """Its place in the lake."""
        return f"silver/{self.name}"

    def rows(self, settled: DataFrame) -> DataFrame:
        """Settled rows → this table's rows."""
        own = settled.where(F.col("type").startswith(f"{self.kind}."))
        occurred_at = F.timestamp_millis("body.occurred_at").alias("occurred_at")
        return own.select("event_id", *self.columns(), occurred_at, *_ORIGIN)

    def empty(self, spark: SparkSession) -> DataFrame:
        """What the table is before anything is in it."""
        schema = self.rows(parsed(local_frame.of_rows(spark, [], BRONZE_SCHEMA))).schema
        return local_frame.of_rows(spark, [], schema)


def _told(*names: str) -> list[Column]:
    """Fields of the event, as they were told."""
    return [F.col(f"body.{name}").alias(name) for name in names]


def _viewing_columns() -> list[Column]:
    fields = (
        *("viewer_id", "film_id", "slate_id", "position", "propensity", "fraction", "rating", "query"),
        *("campaign_id", "script_id"),
    )
    return [F.substring_index("type", ".", -1).alias("type"), *_told(*fields)]


def _boxoffice_columns() -> list[Column]:
    territory = F.coalesce("body.territory", F.lit("US")).alias("territory")
    return [*_told("film_id"), territory, day_of("body.date").alias("date"), *_told("gross", "screens", "rank")]


def _film_columns() -> list[Column]:
    facts = (
        *("film_id", "title", "genres", "people", "budget", "synopsis", "distributor", "certificate"),
        *("runtime_minutes", "directors", "writers", "stars", "companies", "countries", "languages"),
        *("wide", "opening_theatres"),
    )
    return [*_told(*facts), *(day_of(f"body.{day}").alias(day) for day in DAYS_OF_FILMS)]


def _viewer_columns() -> list[Column]:
    return _told("viewer_id", "age_band", "gender", "occupation")


FILMS = SilverTable("films", "film", _film_columns)
VIEWERS = SilverTable("viewers", "viewer", _viewer_columns)
VIEWING = SilverTable("viewing", "viewing", _viewing_columns)
BOXOFFICE = SilverTable("boxoffice", "boxoffice", _boxoffice_columns)
# Films first: an event of a film is only ever in silver when its film is.
SILVER_TABLES = (FILMS, VIEWERS, VIEWING, BOXOFFICE)
QUARANTINE = "silver/quarantine"
DUPLICATES = "silver/duplicates"


def quarantined(settled: DataFrame) -> DataFrame:
    """Rejected rows, with the reason and the bytes as received, so that nothing is lost and all can be tried again."""
    film = F.col("body.film_id").alias("film_id")
    return settled.select(
        *POSITION, "appended_at", "key", "value", "headers", "event_id", "type", "source", film, "reason"
    )


def duplicated(settled: DataFrame) -> DataFrame:
    """Rows whose event is in silver already (or refused already, for that reason), by their place in Kafka."""
    for_good = F.nullif("reason", F.lit(UNKNOWN_FILM)).alias("reason")
    return settled.select(*POSITION, "event_id", "type", for_good)
