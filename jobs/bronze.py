"""Topic → `bronze/events`: every record as received, exactly once, with its place in Kafka.

Run by hand: `spark-submit jobs/bronze.py --bootstrap HOST:PORT --lake DIR --checkpoints DIR`.
"""

from delta.tables import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery

from jobs import storage
from jobs.checkpoint import CURE, explained_failures, verify
from jobs.command import Options, run_job
from jobs.errors import ForeignCheckpoint
from jobs.lake import Lake, snapshot
from jobs.local_frame import fields_of
from jobs.settings import batch_records
from streaming.kafka.admin import cluster_id
from streaming.kafka.topics import INPUTS

TABLE = "bronze/events"
SCHEMA = """topic string, partition int, offset bigint, appended_at timestamp, key binary, value binary,
    headers array<struct<key: string, value: binary>>"""
_CLUSTER = "cineloop.cluster"


def received(records: DataFrame) -> DataFrame:
    """Kafka's frame → bronze: the bytes and headers as they came, and where and when the broker took them."""
    return records.select(
        "topic",
        "partition",
        "offset",
        F.col("timestamp").alias("appended_at"),
        "key",
        "value",
        "headers",
    )


def start(spark: SparkSession, lake: Lake, bootstrap: str, every: str | None = None) -> StreamingQuery:
    """Start the stream that appends topics to bronze: up to their ends now, or for ever with a batch `every` so often.

    Raises:
        CheckpointError: the checkpoint is torn, or belongs to another table or cluster.
    """
    _ensure_table(spark, lake, cluster_id(bootstrap))
    verify(spark, lake.checkpoint("bronze"), [lake.path(TABLE)])
    writer = received(_stream_topics(spark, bootstrap)).writeStream.format("delta").queryName("bronze")
    writer = writer.option("checkpointLocation", lake.checkpoint("bronze"))
    triggered = writer.trigger(processingTime=every) if every else writer.trigger(availableNow=True)
    return triggered.start(lake.path(TABLE))


def _stream_topics(spark: SparkSession, bootstrap: str) -> DataFrame:
    """Read the input topics as a stream from their beginning; a gap in the offsets stops it."""
    return (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", bootstrap)
        .option("subscribe", ",".join(topic.name for topic in INPUTS))
        .option("startingOffsets", "earliest")
        .option("includeHeaders", "true")
        .option("failOnDataLoss", "true")
        .option("maxOffsetsPerTrigger", batch_records())
        .load()
    )


def _ensure_table(spark: SparkSession, lake: Lake, cluster: str) -> None:
    """Make bronze on first use, marked with the cluster that fills it; raise ForeignCheckpoint for another one's."""
    path = lake.path(TABLE)
    if not lake.exists(spark, TABLE):
        schema = fields_of(SCHEMA)
        _delete_uncommitted_table(spark, path)
        DeltaTable.create(spark).location(path).addColumns(schema).property(_CLUSTER, cluster).execute()
    marked = snapshot(spark, path).metadata().configuration().get(_CLUSTER)
    filled_from = marked.get() if marked.isDefined() else None
    if filled_from != cluster:
        raise ForeignCheckpoint(f"{path} was filled from cluster {filled_from}, and this is {cluster}: {CURE}")


def _delete_uncommitted_table(spark: SparkSession, path: str) -> None:
    """Delete what a creation that was cut short leaves: a log without a commit, beside which none can be made."""
    begun = storage.names(spark, path) == ["_delta_log"]
    if begun and not any(name.endswith(".json") for name in storage.names(spark, f"{path}/_delta_log")):
        storage.remove(spark, path)


def main(spark: SparkSession, options: Options) -> None:
    """Append to bronze all that the topics hold."""
    with explained_failures(options.lake, "bronze"):
        start(spark, options.lake, options.bootstrap, options.every).awaitTermination()


if __name__ == "__main__":
    run_job(main, __doc__, needs_bootstrap=True)
