"""Which accepted row is the event, and which are its doubles.

The first record of an event (by append time, then place in Kafka) is the event; later ones are duplicates. A row
that silver already holds *from the same place in Kafka* is neither: it is this very row, met again because a
batch is being repeated after a kill, and repeating it must change nothing.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.silver.parse import POSITION

EVENT, DUPLICATE, REJECTED, SETTLED = "event", "duplicate", "rejected", "settled"


def settled(rows: DataFrame, known: DataFrame) -> DataFrame:
    """Judged rows with `fate`.

    `known` has what earlier batches settled: event_id, topic, partition, offset, and `rejected` (whether it
    stands in quarantine rather than in silver), one row an event_id and `rejected`.
    """
    earlier = known.select(
        F.col("event_id").alias("known_id"),
        F.col("rejected").alias("known_rejected"),
        F.struct(*POSITION).alias("known_position"),
    )
    same = (F.col("event_id") == F.col("known_id")) & (F.col("reason").isNotNull() == F.col("known_rejected"))
    joined = rows.join(earlier, on=same, how="left")
    return joined.withColumn("fate", _fate()).drop("known_id", "known_rejected", "known_position")


def first_of_each(rows: DataFrame) -> DataFrame:
    """Judged rows with `repeated`: whether an earlier row of this frame is the same event with the same verdict."""
    order = Window.partitionBy("event_id", F.col("reason").isNotNull()).orderBy("appended_at", *POSITION)
    repeated = F.col("event_id").isNotNull() & (F.row_number().over(order) > 1)
    return rows.withColumn("repeated", repeated)


def _fate() -> Column:
    met_again = F.col("known_position") == F.struct(*POSITION)
    double = F.col("repeated") | F.col("known_id").isNotNull()
    return (
        F.when(met_again, SETTLED).when(double, DUPLICATE).when(F.col("reason").isNotNull(), REJECTED).otherwise(EVENT)
    )
