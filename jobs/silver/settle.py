"""Which accepted row is the event, and which are its doubles.

An event is its kind (`viewing` of `viewing.play`) and its id: two sources may count alike. The first record of an
event (by append time, then place in Kafka) is the event; later ones are duplicates. A row that silver already holds
*from the same place in Kafka* is neither: it is this very row, met again because a batch is being repeated after a
kill, and repeating it must change nothing.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.silver.parse import POSITION, kind

EVENT, DUPLICATE, REJECTED, SETTLED = "event", "duplicate", "rejected", "settled"


def settled(rows: DataFrame, known: DataFrame) -> DataFrame:
    """Judged rows with `fate`.

    `known` has what earlier batches settled: kind, event_id, topic, partition, offset, and `rejected` (whether it
    stands in quarantine rather than in silver), one row a kind, event_id and `rejected`.
    """
    earlier = known.select(
        F.col("kind").alias("known_kind"),
        F.col("event_id").alias("known_id"),
        F.col("rejected").alias("known_rejected"),
        F.struct(*POSITION).alias("known_position"),
    )
    named = (F.col("event_id") == F.col("known_id")) & kind().eqNullSafe(F.col("known_kind"))
    alike = F.col("reason").isNotNull() == F.col("known_rejected")
    joined = rows.join(earlier, on=named & alike, how="left")
    return joined.withColumn("fate", _fate()).drop(*earlier.columns)


def first_of_each(rows: DataFrame) -> DataFrame:
    """Judged rows with `repeated`: whether an earlier row of this frame is the same event with the same verdict."""
    order = Window.partitionBy(kind(), "event_id", F.col("reason").isNotNull()).orderBy("appended_at", *POSITION)
    repeated = F.col("event_id").isNotNull() & (F.row_number().over(order) > 1)
    return rows.withColumn("repeated", repeated)


def _fate() -> Column:
    met_again = F.col("known_position") == F.struct(*POSITION)
    double = F.col("repeated") | F.col("known_id").isNotNull()
    return (
        F.when(met_again, SETTLED).when(double, DUPLICATE).when(F.col("reason").isNotNull(), REJECTED).otherwise(EVENT)
    )
