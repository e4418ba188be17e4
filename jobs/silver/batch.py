"""One micro-batch from bronze into the silver tables, safe to repeat at any point of its course."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce

from delta.tables import DeltaTable
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from jobs import local_frame
from jobs.lake import Commit, Lake
from jobs.silver.admission import described_films, judged, judged_by_descriptions
from jobs.silver.parse import POSITION, kind, parsed
from jobs.silver.settle import DUPLICATE, EVENT, REJECTED, first_of_each, settled
from jobs.silver.tables import (
    DUPLICATES,
    FILMS,
    QUARANTINE,
    SILVER_TABLES,
    SilverTable,
    duplicated,
    quarantined,
)
from jobs.silver.units import judged_by_neighbours, suspect
from streaming.plausible import UNKNOWN_FILM

_BRONZE = (*POSITION, "appended_at", "key", "value", "headers")
_KNOWN = "kind string, event_id string, topic string, partition int, offset bigint, rejected boolean"
_FEW = 100_000  # rows that may be sent to every task


def settle_batch(bronze: DataFrame, lake: Lake, commit: Commit) -> None:
    """Give every row of `bronze` its place: a silver table, the duplicates, or the quarantine.

    Rows that waited in quarantine for a film that is described here are settled along with them.
    """
    rows = bronze.select(*_BRONZE)
    films = _films(bronze.sparkSession, lake)
    with _kept(_looked_at(rows, films)) as seen:
        sights = _sights(seen)
        waiting = _waiting(seen, sights, lake)
        if waiting is not None:
            rows = rows.unionByName(waiting)
            seen = seen.unionByName(_looked_at(waiting, films))
            sights = _sights(seen)
        verdicts = _judged_by_others(seen, sights, lake)
        known = _known(verdicts, sights, lake)
        with _kept(settled(first_of_each(verdicts), known)) as fates:
            _write(fates, rows, lake, commit)
            if waiting is not None:
                _release(fates, lake)


def _films(spark: SparkSession, lake: Lake) -> DataFrame:
    if not lake.exists(spark, FILMS.path):
        return local_frame.of_rows(spark, [], "film_id string")
    return lake.read(spark, FILMS.path).select("film_id").distinct()


def _looked_at(rows: DataFrame, films: DataFrame) -> DataFrame:
    """Rows as far as each can be judged by itself and by the films of silver, without the bytes that they came as."""
    return judged(parsed(rows), films).drop("key", "value", "headers")


def _sights(seen: DataFrame) -> dict[str, Row]:
    """Of each kind: how many events, between when they happened, whether some are rejected, or suspect."""
    may_pass = F.col("reason").isNull() | (F.col("reason") == UNKNOWN_FILM)  # its film may be described here
    at = F.when(may_pass, F.timestamp_millis("body.occurred_at"))
    summary = (
        F.count("*").alias("events"),
        F.min(at).alias("first"),
        F.max(at).alias("last"),
        F.bool_or(F.col("reason").isNotNull()).alias("rejected"),
        F.bool_or(may_pass & suspect()).alias("suspect"),
    )
    return {row["kind"]: row for row in seen.where("event_id is not null").groupBy(kind()).agg(*summary).collect()}


def _waiting(seen: DataFrame, sights: dict[str, Row], lake: Lake) -> DataFrame | None:
    """Quarantined rows whose unknown film is described here."""
    spark = seen.sparkSession
    if not _describes(sights) or not lake.exists(spark, QUARANTINE):
        return None
    unknown = lake.read(spark, QUARANTINE).where(F.col("reason") == UNKNOWN_FILM)
    waiting = unknown.join(described_films(seen), on="film_id", how="left_semi").select(*_BRONZE)
    return None if waiting.isEmpty() else waiting


def _describes(sights: dict[str, Row]) -> bool:
    return FILMS.kind in sights and sights[FILMS.kind]["first"] is not None


def _judged_by_others(seen: DataFrame, sights: dict[str, Row], lake: Lake) -> DataFrame:
    """Rows judged by what else there is: the films that are described with them, and the days around theirs."""
    pardoned = judged_by_descriptions(seen) if _describes(sights) else seen
    if any(sight["suspect"] for sight in sights.values()):
        return judged_by_neighbours(pardoned, lake)
    return pardoned


def _write(fates: DataFrame, rows: DataFrame, lake: Lake, commit: Commit) -> None:
    counted = {(row["fate"], row["kind"]): row["count"] for row in fates.groupBy("fate", kind()).count().collect()}
    accepted = fates.where(F.col("fate") == EVENT)
    for table in SILVER_TABLES:
        if (EVENT, table.kind) in counted:
            commit.append(table.rows(accepted), lake.path(table.path))
    if any(fate == DUPLICATE for fate, _ in counted):
        commit.append(duplicated(fates.where(F.col("fate") == DUPLICATE)), lake.path(DUPLICATES))
    rejected = sum(count for (fate, _), count in counted.items() if fate == REJECTED)
    if rejected:
        refused = fates.where(F.col("fate") == REJECTED).drop("appended_at")
        found = rows.join(F.broadcast(refused) if rejected <= _FEW else refused, on=list(POSITION))
        commit.append(quarantined(found), lake.path(QUARANTINE))


def _release(fates: DataFrame, lake: Lake) -> None:
    """Take out of the quarantine what has found its film; after the writes, so that a kill loses nothing."""
    accepted = fates.where(F.col("reason").isNull()).select(*POSITION)
    same_place = " and ".join(f"q.{name} = a.{name}" for name in POSITION)
    quarantine = DeltaTable.forPath(fates.sparkSession, lake.path(QUARANTINE)).alias("q")
    waited = f"q.reason = '{UNKNOWN_FILM}' and {same_place}"
    quarantine.merge(accepted.alias("a"), waited).whenMatchedDelete().execute()


def _known(verdicts: DataFrame, sights: dict[str, Row], lake: Lake) -> DataFrame:
    """What earlier batches settled of these events, read only from the tables and files that they can stand in."""
    spark = verdicts.sparkSession
    parts = [
        _standing(spark, lake, table, sights[table.kind])
        for table in SILVER_TABLES
        if table.kind in sights and lake.exists(spark, table.path)
    ]
    if any(sight["rejected"] or sight["suspect"] for sight in sights.values()) and lake.exists(spark, QUARANTINE):
        rejected = lake.read(spark, QUARANTINE).where("event_id is not null")
        parts.append(rejected.select(kind(), "event_id", *POSITION, F.lit(True).alias("rejected")))
    if not parts:
        return local_frame.of_rows(spark, [], _KNOWN)
    known = reduce(DataFrame.unionByName, parts)
    if sum(sight["events"] for sight in sights.values()) > _FEW:
        return known
    ids = verdicts.select("event_id").where("event_id is not null")
    # Sent to where silver's rows are, so that those that are none of these need not move.
    return F.broadcast(known.join(F.broadcast(ids), on="event_id", how="left_semi"))


def _standing(spark: SparkSession, lake: Lake, table: SilverTable, sight: Row) -> DataFrame:
    rows = lake.read(spark, table.path)
    if not lake.small(spark, table.path):
        rows = rows.where(F.col("occurred_at").between(sight["first"], sight["last"]))
    return rows.select(F.lit(table.kind).alias("kind"), "event_id", *POSITION, F.lit(False).alias("rejected"))


@contextmanager
def _kept(frame: DataFrame) -> Iterator[DataFrame]:
    """The frame, computed once, with its plan cut off: what is built upon it is planned in a moment."""
    held = frame.localCheckpoint()
    try:
        yield held
    finally:
        held.unpersist()
