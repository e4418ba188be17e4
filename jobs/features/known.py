"""Point-in-time selection: which events were known at a time."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F


def known_by(silver: DataFrame, as_of: int) -> DataFrame:
    """The rows of events that had happened by `as_of` (UTC milliseconds, inclusive)."""
    return silver.where(F.col("occurred_at") <= F.timestamp_millis(F.lit(as_of)))


def newest(silver: DataFrame, *keys: str) -> DataFrame:
    """The newest row a key: a later description or corrected day replaces an earlier one, in any order of arrival."""
    order = Window.partitionBy(*keys).orderBy(F.desc("occurred_at"), F.desc("event_id"))
    return silver.withColumn("_nth", F.row_number().over(order)).where("_nth = 1").drop("_nth")


def as_of_column(as_of: int) -> Column:
    """`as_of` as a column: every feature row says what it knew."""
    return F.timestamp_millis(F.lit(as_of)).alias("as_of")
