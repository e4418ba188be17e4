"""One micro-batch from bronze into the silver tables, safe to repeat at any point of its course."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce

from delta.tables import DeltaTable
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from jobs import local_frame
from jobs.lake import Commit, Lake, transactions
from jobs.silver.admission import judged
from jobs.silver.descriptions import described, judged_by_descriptions, taken_at
from jobs.silver.parse import POSITION, kind, parsed
from jobs.silver.settle import ACCEPTED, DUPLICATE, EVENT, REJECTED, content, first_of_each, settled, verdict
from jobs.silver.tables import (
    DUPLICATES,
    FILMS,
    QUARANTINE,
    SILVER_TABLES,
    duplicated,
    quarantined,
)
from jobs.silver.units import judged_by_neighbours, suspect
from streaming.schema.bounds import UNKNOWN_FILM

_BRONZE = (*POSITION, "appended_at", "key", "value", "headers")
_KNOWN = "kind string, event_id string, verdict string, topic string, partition int, offset bigint"
_FEW = 100_000  # rows that may be sent to every task


def settle_batch(bronze: DataFrame, lake: Lake, commit: Commit) -> None:
    """Write every row of `bronze` to its place: a silver table, the duplicates, or the quarantine.

    Rows that waited in quarantine for a film that is described here are settled along with them.
    """
    rows = bronze.select(*_BRONZE)
    films = _films_before_batch(rows, lake, commit)
    with _held_in_memory(_parsed_and_judged(rows, films)) as seen:
        sights = _summary_by_kind(seen)
        described_here = _films_described_here(seen, sights, lake)
        waiting = _quarantined_of_films(described_here, lake)
        if waiting is not None:
            rows = rows.unionByName(waiting)
            seen = seen.unionByName(_parsed_and_judged(waiting, films))
            sights = _summary_by_kind(seen)
        verdicts = _judged_together(seen, described_here, sights, lake)
        known = _settled_by_earlier_batches(verdicts, sights, lake)
        with _held_in_memory(settled(first_of_each(verdicts), known)) as fates:
            _append_to_tables(fates, rows, lake, commit)
            if waiting is not None:
                _delete_from_quarantine(fates, lake)


def _films_before_batch(rows: DataFrame, lake: Lake, commit: Commit) -> DataFrame:
    """Read the films that silver had before this batch, even if an earlier try of it has described some."""
    spark = rows.sparkSession
    if not lake.exists(spark, FILMS.path):
        return local_frame.of_rows(spark, [], "film_id string")
    films = lake.read(spark, FILMS.path)
    if transactions(spark, lake.path(FILMS.path)).get(commit.writer) == commit.batch:
        films = films.join(rows.select(*POSITION), on=list(POSITION), how="left_anti")
    return films.select("film_id").distinct()


def _parsed_and_judged(rows: DataFrame, films: DataFrame) -> DataFrame:
    """Rows parsed, and judged by themselves and by the films of silver, without the bytes that they came as."""
    looked_at = judged(parsed(rows), films)
    waits = F.when(F.col("reason") == UNKNOWN_FILM, content())
    return looked_at.withColumn("content", waits).drop("key", "value", "headers", "well_formed")


def _summary_by_kind(seen: DataFrame) -> dict[str, Row]:
    """For each kind: the count of events, and whether some are accepted, refused or suspect."""
    may_pass = F.col("reason").isNull() | (F.col("reason") == UNKNOWN_FILM)  # its film may be described here
    summary = (
        F.count("*").alias("events"),
        F.bool_or(F.col("reason").isNull()).alias("accepted"),
        F.bool_or(F.col("reason").isNotNull()).alias("refused"),
        F.bool_or(may_pass & suspect()).alias("suspect"),
    )
    return {row["kind"]: row for row in seen.where("event_id is not null").groupBy(kind()).agg(*summary).collect()}


def _films_described_here(seen: DataFrame, sights: dict[str, Row], lake: Lake) -> DataFrame | None:
    """The films that accepted rows of this batch describe; None where it describes none."""
    if FILMS.kind not in sights or not sights[FILMS.kind]["accepted"]:
        return None
    spark = seen.sparkSession
    return described(seen, lake.read(spark, FILMS.path) if lake.exists(spark, FILMS.path) else None)


def _quarantined_of_films(described_here: DataFrame | None, lake: Lake) -> DataFrame | None:
    """Read the quarantined rows whose unknown film is described here; None where there are none."""
    if described_here is None or not lake.exists(described_here.sparkSession, QUARANTINE):
        return None
    unknown = lake.read(described_here.sparkSession, QUARANTINE).where(F.col("reason") == UNKNOWN_FILM)
    films = described_here.select(F.col("described_film").alias("film_id"))
    waiting = unknown.join(films, on="film_id", how="left_semi").select(*_BRONZE)
    return None if waiting.isEmpty() else waiting


def _judged_together(
    seen: DataFrame, described_here: DataFrame | None, sights: dict[str, Row], lake: Lake
) -> DataFrame:
    """Rows judged by others: by the films that are described with them, and the days around theirs."""
    if described_here is None:
        placed = seen.withColumn("settles", taken_at())
    else:
        placed = judged_by_descriptions(seen, described_here)
    if any(sight["suspect"] for sight in sights.values()):
        return judged_by_neighbours(placed, lake)
    return placed


def _append_to_tables(fates: DataFrame, rows: DataFrame, lake: Lake, commit: Commit) -> None:
    """Append each row to the table of its fate, unless this batch has done so before."""
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


def _delete_from_quarantine(fates: DataFrame, lake: Lake) -> None:
    """Delete from quarantine what has found its film; after the writes, so that a kill loses nothing."""
    placed = fates.where(~F.col("reason").eqNullSafe(F.lit(UNKNOWN_FILM))).select(*POSITION)
    same_place = " and ".join(f"q.{name} = p.{name}" for name in POSITION)
    quarantine = DeltaTable.forPath(fates.sparkSession, lake.path(QUARANTINE)).alias("q")
    waited = f"q.reason = '{UNKNOWN_FILM}' and {same_place}"
    quarantine.merge(placed.alias("p"), waited).whenMatchedDelete().execute()


def _settled_by_earlier_batches(verdicts: DataFrame, sights: dict[str, Row], lake: Lake) -> DataFrame:
    """Read from the lake what earlier batches settled of these events, whenever they happened."""
    spark = verdicts.sparkSession
    parts = [
        lake.read(spark, table.path).select(
            F.lit(table.kind).alias("kind"), "event_id", F.lit(ACCEPTED).alias("verdict"), *POSITION
        )
        for table in SILVER_TABLES
        if table.kind in sights and lake.exists(spark, table.path)
    ]
    if any(sight["refused"] or sight["suspect"] for sight in sights.values()) and lake.exists(spark, QUARANTINE):
        refused = lake.read(spark, QUARANTINE).where("event_id is not null").withColumn("content", content())
        parts.append(refused.select(kind(), "event_id", verdict(), *POSITION))
    if not parts:
        return local_frame.of_rows(spark, [], _KNOWN)
    known = reduce(DataFrame.unionByName, parts)
    if sum(sight["events"] for sight in sights.values()) > _FEW:
        return known
    ids = verdicts.select("event_id").where("event_id is not null")
    # Sent to where silver's rows are, so that those that are none of these need not move.
    return F.broadcast(known.join(F.broadcast(ids), on="event_id", how="left_semi"))


@contextmanager
def _held_in_memory(frame: DataFrame) -> Iterator[DataFrame]:
    """Compute the frame once and hold it for the block, with its plan cut off."""
    held = frame.localCheckpoint()
    try:
        yield held
    finally:
        held.unpersist()
