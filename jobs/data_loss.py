"""What would be lost by a rebuild: rows of the current lake that the topics no longer hold."""

from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs import bronze, local_frame
from jobs.lake import Lake
from jobs.silver.parse import POSITION, header
from jobs.silver.tables import DUPLICATES, QUARANTINE, SILVER_TABLES

_SETTLED = (*(table.path for table in SILVER_TABLES), DUPLICATES, QUARANTINE)
_HELD = "topic string, partition int, offset bigint, event_id string, content bigint"


@dataclass(frozen=True)
class DataLoss:
    """What would be lost if the new tables replaced the current ones.

    Args:
        rows: how many records the current lake holds.
        records: how many the topics hold.
        events: how many of the rows are nowhere on the topics, by topic; those that lose nothing are left out.
        displaced: offsets that the lake knows are other records' now: it is another cluster, or a topic made anew.
    """

    rows: int
    records: int
    events: dict[str, int]
    displaced: bool


def data_loss(spark: SparkSession, standing: Lake, anew: Lake) -> DataLoss:
    """Compare the lake with a bronze that holds all that the topics do, record by record; changes neither."""
    on_topics = _bronze_rows(spark, anew)
    held = _lake_rows(spark, standing).join(_first_offsets(on_topics), on=["topic", "partition"], how="left")
    here = on_topics.select(*POSITION, "event_id", "content", F.lit(True).alias("here"))
    # Whose bytes bronze has no more is known by the id.
    same = (F.col("held.content") == F.col("here.content")) | (
        F.col("held.content").isNull() & F.col("held.event_id").eqNullSafe(F.col("here.event_id"))
    )
    in_place = reduce(lambda a, b: a & b, (F.col(f"held.{name}") == F.col(f"here.{name}") for name in POSITION))
    moved = held.alias("held").join(here.alias("here"), on=in_place & same, how="left_anti").cache()
    try:
        return _count_losses(held.count(), on_topics, moved)
    finally:
        moved.unpersist()


def _count_losses(rows: int, on_topics: DataFrame, moved: DataFrame) -> DataLoss:
    """Count what is lost, from the rows that are no longer in their place on the topics."""
    known = moved.where("content is not null").join(on_topics, on=["topic", "content"], how="left_anti")
    named = moved.where("content is null").join(on_topics, on=["topic", "event_id"], how="left_anti")
    gone = known.select("topic").unionByName(named.select("topic")).groupBy("topic").count().orderBy("topic").collect()
    # What lay before a topic's first offset was only kept no longer; anything else shows that offsets begin anew.
    displaced = moved.where("first is null or offset >= first")
    events = {row["topic"]: int(row["count"]) for row in gone}
    return DataLoss(rows, on_topics.count(), events, not displaced.isEmpty())


def _first_offsets(on_topics: DataFrame) -> DataFrame:
    return on_topics.groupBy("topic", "partition").agg(F.min("offset").alias("first"))


def _bronze_rows(spark: SparkSession, lake: Lake) -> DataFrame:
    """Read bronze's rows as `_HELD`; none where there is no bronze."""
    if not lake.exists(spark, bronze.TABLE):
        return local_frame.of_rows(spark, [], _HELD)
    content = F.xxhash64("key", "value", "headers").alias("content")
    return lake.read(spark, bronze.TABLE).select(*POSITION, header("ce_id").alias("event_id"), content)


def _lake_rows(spark: SparkSession, lake: Lake) -> DataFrame:
    """Read all that the lake holds, as `_HELD`: bronze's rows, and those that stand in silver without theirs."""
    received = _bronze_rows(spark, lake)
    settled = [lake.read(spark, table).select(*POSITION, "event_id") for table in _SETTLED if lake.exists(spark, table)]
    if not settled:
        return received
    alone = reduce(DataFrame.unionByName, settled).join(received.select(*POSITION), on=[*POSITION], how="left_anti")
    return received.unionByName(alone.withColumn("content", F.lit(None).cast("bigint")))
