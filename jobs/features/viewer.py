"""`features/viewer`: a row a viewer, what the viewer did so far, and since when we know of each other."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.features.known import as_of_column, known_by

NAME = "viewer"
_KINDS = {
    "impressions": "impression",
    "plays": "play",
    "completes": "complete",
    "likes": "like",
    "skips": "skip",
    "searches": "search",
    "ratings": "rate",
}


def viewer(viewing: DataFrame, as_of: int) -> DataFrame:
    """Silver's viewing → counts by kind, distinct films, ratings in half stars, first and last time seen."""
    return (
        known_by(viewing, as_of)
        .where(F.col("type") != "read")  # of drafts, which are no films
        .groupBy("viewer_id")
        .agg(
            *(F.count_if(F.col("type") == kind).alias(name) for name, kind in _KINDS.items()),
            F.count_distinct("film_id").alias("films"),
            F.coalesce(F.sum((F.col("rating") * 2).cast("bigint")), F.lit(0)).alias("rating_half_stars"),
            F.min("occurred_at").alias("first_seen"),
            F.max("occurred_at").alias("last_seen"),
        )
        .select(
            "viewer_id",
            as_of_column(as_of),
            *_KINDS,
            "films",
            "rating_half_stars",
            "first_seen",
            "last_seen",
        )
    )
