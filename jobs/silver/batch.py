"""One micro-batch from bronze into the silver tables, safe to repeat at any point of its course."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce

from delta.tables import DeltaTable
from pyspark.sql import Column, DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from jobs import local_frame
from jobs.lake import Commit, Lake
from jobs.silver.admission import UNKNOWN_FILM, judged
from jobs.silver.parse import POSITION, header, parsed
from jobs.silver.settle import DUPLICATE, EVENT, REJECTED, first_of_each, settled
from jobs.silver.tables import (
    DUPLICATES,
    FILMS,
    QUARANTINE,
    SILVER_TABLES,
    duplicated,
    quarantined,
)
from jobs.silver.units import judged_by_neighbours

_BRONZE = (*POSITION, "appended_at", "key", "value", "headers")
_KNOWN = "event_id string, topic string, partition int, offset bigint, rejected boolean"


def settle_batch(bronze: DataFrame, lake: Lake, commit: Commit) -> None:
    """Give every row of `bronze` its place: a silver table, the duplicates, or the quarantine.

    Rows that waited in quarantine for a film that is known by now are settled along with them.
    """
    spark = bronze.sparkSession
    films = _known_films(bronze, lake)
    waiting = _waiting(spark, lake, films)
    rows = bronze.select(*_BRONZE) if waiting is None else bronze.select(*_BRONZE).unionByName(waiting)
    judgement = judged_by_neighbours(judged(parsed(rows), films), rows, lake)
    with _kept(first_of_each(_light(judgement))) as verdicts:
        known = _known(spark, lake, verdicts)
        with _kept(settled(verdicts, known)) as fates:
            _write(fates, lake, commit)
    if waiting is not None:
        _release(spark, lake)


def _write(fates: DataFrame, lake: Lake, commit: Commit) -> None:
    counted = fates.groupBy("fate", _kind()).count().collect()
    present = {(row["fate"], row["kind"]) for row in counted}
    accepted = fates.where(F.col("fate") == EVENT)
    for table in SILVER_TABLES:
        if (EVENT, table.kind) in present:
            commit.append(table.rows(accepted), lake.path(table.path))
    for fate, projection, path in ((DUPLICATE, duplicated, DUPLICATES), (REJECTED, quarantined, QUARANTINE)):
        if any(found == fate for found, _ in present):
            commit.append(projection(fates.where(F.col("fate") == fate)), lake.path(path))


def _known_films(bronze: DataFrame, lake: Lake) -> DataFrame:
    """The films of silver and those that this batch itself describes."""
    spark = bronze.sparkSession
    nothing = local_frame.of_rows(spark, [], "film_id string")
    described = parsed(bronze.where(header("ce_type") == "film.described"))
    fresh = judged(described, nothing).where("reason is null").select("body.film_id")
    if not lake.exists(spark, FILMS.path):
        return fresh.distinct()
    return lake.read(spark, FILMS.path).select("film_id").union(fresh).distinct()


def _waiting(spark: SparkSession, lake: Lake, films: DataFrame) -> DataFrame | None:
    """Quarantined rows whose unknown film is known by now."""
    if not lake.exists(spark, QUARANTINE):
        return None
    unknown = lake.read(spark, QUARANTINE).where(F.col("reason") == UNKNOWN_FILM)
    return unknown.join(films, on="film_id", how="left_semi").select(*_BRONZE)


def _release(spark: SparkSession, lake: Lake) -> None:
    """Take out of the quarantine what has been settled since; after the writes, so that a kill loses nothing."""
    waited_for_films = [table.path for table in SILVER_TABLES if table is not FILMS]
    tables = [path for path in (*waited_for_films, DUPLICATES) if lake.exists(spark, path)]
    unknown = lake.read(spark, QUARANTINE).where(F.col("reason") == UNKNOWN_FILM).select(*POSITION)
    if not tables or unknown.isEmpty():
        return
    settled_rows = reduce(DataFrame.unionByName, (lake.read(spark, path).select(*POSITION) for path in tables))
    released = unknown.join(settled_rows, on=list(POSITION), how="left_semi").distinct()
    if released.isEmpty():
        return
    same_place = " and ".join(f"q.{name} = r.{name}" for name in POSITION)
    quarantine = DeltaTable.forPath(spark, lake.path(QUARANTINE))
    quarantine.alias("q").merge(released.alias("r"), same_place).whenMatchedDelete().execute()


def _light(rows: DataFrame) -> DataFrame:
    """Accepted rows go on without the bytes that only the quarantine keeps."""
    rejected = F.col("reason").isNotNull()
    return rows.withColumns({name: F.when(rejected, F.col(name)) for name in ("key", "value", "headers")})


def _known(spark: SparkSession, lake: Lake, verdicts: DataFrame) -> DataFrame:
    """What earlier batches settled of these events, read only from the tables and files that they can stand in."""
    spans = {
        row["kind"]: row for row in verdicts.where("event_id is not null").groupBy(_kind()).agg(*_span()).collect()
    }
    parts = [
        _standing(lake.read(spark, table.path), spans[table.kind])
        for table in SILVER_TABLES
        if table.kind in spans and lake.exists(spark, table.path)
    ]
    if any(span["rejected"] for span in spans.values()) and lake.exists(spark, QUARANTINE):
        rejected = lake.read(spark, QUARANTINE).where("event_id is not null")
        parts.append(rejected.select("event_id", *POSITION, F.lit(True).alias("rejected")))
    if not parts:
        return local_frame.of_rows(spark, [], _KNOWN)
    ids = verdicts.select("event_id").distinct()
    return reduce(DataFrame.unionByName, parts).join(ids, on="event_id", how="left_semi")


def _standing(table: DataFrame, span: Row) -> DataFrame:
    within = F.col("occurred_at").between(span["first"], span["last"])
    return table.where(within).select("event_id", *POSITION, F.lit(False).alias("rejected"))


def _span() -> tuple[Column, ...]:
    """When a kind's accepted events happened, and whether it has rejected ones."""
    accepted = F.col("reason").isNull()
    at = F.when(accepted, F.timestamp_millis(F.col("body.occurred_at")))
    return F.min(at).alias("first"), F.max(at).alias("last"), F.bool_or(~accepted).alias("rejected")


def _kind() -> Column:
    return F.substring_index("type", ".", 1).alias("kind")


@contextmanager
def _kept(frame: DataFrame) -> Iterator[DataFrame]:
    """The frame, computed once, with its plan cut off: what is built upon it is planned in a moment."""
    held = frame.localCheckpoint()
    try:
        yield held
    finally:
        held.unpersist()
