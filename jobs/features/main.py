"""Silver → the feature tables, `features/…`, as of one time.

Run by hand: `spark-submit jobs/features/main.py --lake DIR --checkpoints DIR [--only TABLE…] [--as-of MILLISECONDS]`.
"""

from collections.abc import Callable

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.command import Options, run_job
from jobs.features import (
    film,
    film_day,
    film_day_week,
    interaction_sequence,
    segment_taste,
    viewer,
    viewer_segment,
    viewer_taste,
)
from jobs.features.film_day_week import Weeks
from jobs.features.known import as_of_column
from jobs.lake import Lake
from jobs.now import newest_append, now
from jobs.silver.tables import SILVER_TABLES

Silver = dict[str, DataFrame]
FEATURES: dict[str, Callable[[Silver, int], DataFrame]] = {
    interaction_sequence.NAME: lambda silver, at: interaction_sequence.interaction_sequence(silver["viewing"], at),
    viewer.NAME: lambda silver, at: viewer.viewer(silver["viewing"], at),
    viewer_taste.NAME: lambda silver, at: viewer_taste.viewer_taste(silver["viewing"], silver["films"], at),
    viewer_segment.NAME: lambda silver, at: _segment_members(silver, at),
    segment_taste.NAME: lambda silver, at: segment_taste.segment_taste(
        silver["viewing"], silver["films"], _segment_members(silver, at), at
    ),
    film.NAME: lambda silver, at: film.film(silver["films"], silver["viewing"], silver["boxoffice"], at),
    film_day.NAME: lambda silver, at: film_day.film_day(silver["boxoffice"], silver["films"], at),
}


def read_silver(spark: SparkSession, lake: Lake) -> Silver:
    """Read the silver tables by name; one that holds nothing yet is an empty frame."""
    return {
        table.name: lake.read(spark, table.path) if lake.exists(spark, table.path) else table.empty(spark)
        for table in SILVER_TABLES
    }


def _segment_members(silver: Silver, as_of: int) -> DataFrame:
    """The rows of `viewer_segment`: as read from the lake if they were, else computed."""
    if viewer_segment.NAME in silver:
        return silver[viewer_segment.NAME]
    return viewer_segment.viewer_segment(silver["viewing"], silver["films"], silver["viewers"], as_of)


def write(spark: SparkSession, lake: Lake, name: str, as_of: int) -> int:
    """Write one feature table as of a time and return its version; what stood there before stays as older versions."""
    silver = read_silver(spark, lake)
    if name == segment_taste.NAME and lake.exists(spark, f"features/{viewer_segment.NAME}"):
        members = lake.read(spark, f"features/{viewer_segment.NAME}")
        if members.where(F.col("as_of") != as_of_column(as_of)).isEmpty():
            silver = {**silver, viewer_segment.NAME: members}
    frame = FEATURES[name](silver, as_of)
    writer = frame.write.format("delta").mode("overwrite").option("overwriteSchema", "true")  # of an older release
    writer.save(lake.path(f"features/{name}"))
    return lake.version(spark, f"features/{name}")


def write_weeks(spark: SparkSession, lake: Lake, weeks: Weeks) -> None:
    """Write weeks of `features/film_day_week` in the place of those that stand there; the others stay as they are."""
    silver = read_silver(spark, lake)
    frame = film_day_week.film_day_week(silver["boxoffice"], silver["films"], weeks)
    table = f"features/{film_day_week.NAME}"
    writer = frame.repartition("week").write.format("delta").mode("overwrite").partitionBy("week")  # a file a week
    if lake.exists(spark, table):
        writer = writer.option("replaceWhere", f"week >= '{weeks.first}' AND week <= '{weeks.last}'")
    writer.save(lake.path(table))


def main(spark: SparkSession, options: Options) -> None:
    """Write the feature tables that are asked for."""
    as_of = options.as_of or now(read_silver(spark, options.lake), newest_append(spark, options.lake), read={})
    for name in (each for each in FEATURES if each in options.tables):
        write(spark, options.lake, name, as_of)


if __name__ == "__main__":
    run_job(main, __doc__, tables=FEATURES)
