"""`bronze/events` → `silver/{films,viewers,viewing,boxoffice,duplicates,quarantine}`, exactly once.

Run by hand: `spark-submit jobs/silver/main.py --lake DIR --checkpoints DIR`.
"""

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming import StreamingQuery

from jobs import bronze
from jobs.checkpoint import explained_failures, stream_id, verify
from jobs.command import Options, run_job
from jobs.errors import TornCheckpoint
from jobs.lake import Commit, Lake
from jobs.settings import batch_records
from jobs.silver.batch import settle_batch
from jobs.silver.tables import DUPLICATES, QUARANTINE, SILVER_TABLES

_RECORD_BYTES = 50  # in bronze's files, of the smallest events
_WRITTEN = (*(table.path for table in SILVER_TABLES), DUPLICATES, QUARANTINE)


def start(spark: SparkSession, lake: Lake, every: str | None = None) -> StreamingQuery:
    """Start the stream that settles bronze in silver: up to its end now, or for ever with a batch `every` so often.

    Raises:
        CheckpointError: the checkpoint is torn, or the tables were written with another.
        MissingTable: there is no bronze yet.
    """
    checkpoint = lake.checkpoint("silver")
    verify(spark, checkpoint, [lake.path(table) for table in _WRITTEN])
    lake.read(spark, bronze.TABLE)
    most = f"{batch_records() * _RECORD_BYTES}b"
    rows = spark.readStream.format("delta").option("maxBytesPerTrigger", most).load(lake.path(bronze.TABLE))
    writer = rows.writeStream.queryName("silver").option("checkpointLocation", checkpoint)
    writer = writer.foreachBatch(lambda batch, number: _settle_numbered_batch(batch, number, lake))
    triggered = writer.trigger(processingTime=every) if every else writer.trigger(availableNow=True)
    return triggered.start()


def _settle_numbered_batch(batch: DataFrame, number: int, lake: Lake) -> None:
    """Write a batch to the silver tables; raise TornCheckpoint if the stream has lost its identity."""
    identity = stream_id(batch.sparkSession, lake.checkpoint("silver"))
    if identity is None:
        raise TornCheckpoint(f"{lake.checkpoint('silver')} lost its metadata while the stream was running")
    settle_batch(batch, lake, Commit(identity, number))


def main(spark: SparkSession, options: Options) -> None:
    """Settle in silver all that bronze holds."""
    with explained_failures(options.lake, "silver"):
        start(spark, options.lake, options.every).awaitTermination()


if __name__ == "__main__":
    run_job(main, __doc__)
