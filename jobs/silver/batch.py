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
    """Give every row of `bronze` its place: a silver table, the duplicates, or the quarantine.

    Rows that waited in quarantine for a film that is described here are settled along with them.
    """
    rows = bronze.select(*_BRONZE)
    films = _films(rows, lake, commit)
    with _kept(_looked_at(rows, films)) as seen:
        sights = _sights(seen)
        described_here = _described(seen, sights, lake)
        waiting = _waiting(described_here, lake)
        if waiting is not None:
            rows = rows.unionByName(waiting)
            seen = seen.unionByName(_looked_at(waiting, films))
            sights = _sights(seen)
        verdicts = _judged_by_others(seen, described_here, sights, lake)
        known = _known(verdicts, sights, lake)
        with _kept(settled(first_of_each(verdicts), known)) as fates:
            _write(fates, rows, lake, commit)
            if waiting is not None:
                _release(fates, lake)


def _films(rows: DataFrame, lake: Lake, commit: Commit) -> DataFrame:
    """The films that were described before this batch, also where it is being repeated after it has described some."""
    spark = rows.sparkSession
    if not lake.exists(spark, FILMS.path):
        return local_frame.of_rows(spark, [], "film_id string")
    films = lake.read(spark, FILMS.path)
    if transactions(spark, lake.path(FILMS.path)).get(commit.writer) == commit.batch:
        films = films.join(rows.select(*POSITION), on=list(POSITION), how="left_anti")
    return films.select("film_id").distinct()


def _looked_at(rows: DataFrame, films: DataFrame) -> DataFrame:
    """Rows as far as each can be judged by itself and by the films of silver, without the bytes that they came as."""
    looked_at = judged(parsed(rows), films)
    waits = F.when(F.col("reason") == UNKNOWN_FILM, content())
    return looked_at.withColumn("content", waits).drop("key", "value", "headers", "well_formed")


def _sights(seen: DataFrame) -> dict[str, Row]:
    """Of each kind: how many events, whether some are accepted, refused for now or for good, or suspect."""
    may_pass = F.col("reason").isNull() | (F.col("reason") == UNKNOWN_FILM)  # its film may be described here
    summary = (
        F.count("*").alias("events"),
        F.bool_or(F.col("reason").isNull()).alias("accepted"),
        F.bool_or(F.col("reason").isNotNull()).alias("refused"),
        F.bool_or(may_pass & suspect()).alias("suspect"),
    )
    return {row["kind"]: row for row in seen.where("event_id is not null").groupBy(kind()).agg(*summary).collect()}


def _described(seen: DataFrame, sights: dict[str, Row], lake: Lake) -> DataFrame | None:
    """The films that are described here."""
    if FILMS.kind not in sights or not sights[FILMS.kind]["accepted"]:
        return None
    spark = seen.sparkSession
    return described(seen, lake.read(spark, FILMS.path) if lake.exists(spark, FILMS.path) else None)


def _waiting(described_here: DataFrame | None, lake: Lake) -> DataFrame | None:
    """Quarantined rows whose unknown film is described here."""
    if described_here is None or not lake.exists(described_here.sparkSession, QUARANTINE):
        return None
    unknown = lake.read(described_here.sparkSession, QUARANTINE).where(F.col("reason") == UNKNOWN_FILM)
    films = described_here.select(F.col("described_film").alias("film_id"))
    waiting = unknown.join(films, on="film_id", how="left_semi").select(*_BRONZE)
    return None if waiting.isEmpty() else waiting


def _judged_by_others(
    seen: DataFrame, described_here: DataFrame | None, sights: dict[str, Row], lake: Lake
) -> DataFrame:
    """Rows judged by what else there is: the films that are described with them, and the days around theirs."""
    if described_here is None:
        placed = seen.withColumn("settles", taken_at())
    else:
        placed = judged_by_descriptions(seen, described_here)
    if any(sight["suspect"] for sight in sights.values()):
        return judged_by_neighbours(placed, lake)
    return placed


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
    placed = fates.where(~F.col("reason").eqNullSafe(F.lit(UNKNOWN_FILM))).select(*POSITION)
    same_place = " and ".join(f"q.{name} = p.{name}" for name in POSITION)
    quarantine = DeltaTable.forPath(fates.sparkSession, lake.path(QUARANTINE)).alias("q")
    waited = f"q.reason = '{UNKNOWN_FILM}' and {same_place}"
    quarantine.merge(placed.alias("p"), waited).whenMatchedDelete().execute()


def _known(verdicts: DataFrame, sights: dict[str, Row], lake: Lake) -> DataFrame:
    """What earlier batches settled of these events, whenever these say that they happened."""
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
def _kept(frame: DataFrame) -> Iterator[DataFrame]:
    """The frame, computed once, with its plan cut off: what is built upon it is planned in a moment."""
    held = frame.localCheckpoint()
    try:
        yield held
    finally:
        held.unpersist()
