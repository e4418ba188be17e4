"""Decides which row is the event, and which are its duplicates.

An event is its kind (`viewing` of `viewing.play`) and its id, whenever it says that it happened: two sources may count
alike. The first accepted record of an event is the event; later ones are duplicates. What is accepted is the double of
nothing else: whoever corrects a record that was refused is heard, and so is whoever sends another of the same id while
one waits for its film. Of rejected records of an id the first stands in quarantine; of waiting ones, each that says
something else. A row that the lake already holds *from the same place in Kafka* is none of these: it is this very row,
met again because a batch is being repeated after a kill, and repeating it must change nothing.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.silver.parse import POSITION, kind
from streaming.schema.bounds import UNKNOWN_FILM

EVENT, DUPLICATE, REJECTED, SETTLED = "event", "duplicate", "rejected", "settled"
ACCEPTED = "accepted"


def verdict(reason: str = "reason", content: str = "content") -> Column:
    """Accepted, rejected, or a waiting row's content: doubles of an event have this in common."""
    waits = F.col(reason) == UNKNOWN_FILM
    return F.when(F.col(reason).isNull(), ACCEPTED).when(waits, F.col(content)).otherwise(REJECTED).alias("verdict")


def content() -> Column:
    """A digest of a row's bytes."""
    return F.sha2("value", 256).alias("content")


def settled(rows: DataFrame, known: DataFrame) -> DataFrame:
    """Judged rows with `fate`.

    `known` has what earlier batches settled: kind, event_id, verdict, topic, partition, offset, one row a kind,
    event_id and verdict.
    """
    earlier = known.select(
        F.col("kind").alias("known_kind"),
        F.col("event_id").alias("known_id"),
        F.col("verdict").alias("known_verdict"),
        F.struct(*POSITION).alias("known_position"),
    )
    named = (F.col("event_id") == F.col("known_id")) & kind().eqNullSafe(F.col("known_kind"))
    joined = rows.join(earlier, on=named & (verdict() == F.col("known_verdict")), how="left")
    return joined.withColumn("fate", _fate_column()).drop(*earlier.columns)


def first_of_each(rows: DataFrame) -> DataFrame:
    """Judged rows with `repeated`: whether an earlier row of this frame is the same event with the same verdict."""
    order = Window.partitionBy(kind(), "event_id", verdict()).orderBy("settles", "appended_at", *POSITION)
    repeated = F.col("event_id").isNotNull() & (F.row_number().over(order) > 1)
    return rows.withColumn("repeated", repeated)


def _fate_column() -> Column:
    met_again = F.col("known_position") == F.struct(*POSITION)
    double = F.col("repeated") | F.col("known_id").isNotNull()
    return (
        F.when(met_again, SETTLED).when(double, DUPLICATE).when(F.col("reason").isNotNull(), REJECTED).otherwise(EVENT)
    )
