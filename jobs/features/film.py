"""`features/film`: a row a film of the catalogue, its newest facts and what its audience did with it so far."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.features.known import as_of_column, known_by, newest

NAME = "film"
_COUNTS = (
    "impressions",
    "clicks",
    "plays",
    "completes",
    "likes",
    "skips",
    "ratings",
    "rating_half_stars",
    "viewers",
)


def film(films: DataFrame, viewing: DataFrame, boxoffice: DataFrame, as_of: int) -> DataFrame:
    """Silver → facts, whether the film is out at `as_of`, counts of viewing (0 where none), gross so far in dollars."""
    facts = newest(known_by(films, as_of), "film_id")
    seen = known_by(viewing, as_of).groupBy("film_id").agg(*_audience_counts())
    days = newest(known_by(boxoffice, as_of), "film_id", "territory", "date")
    earned = days.groupBy("film_id").agg(F.sum(F.round("gross").cast("bigint")).alias("gross_to_date"))
    opening = F.coalesce("opens", "release_date")
    out = opening.isNull() | (opening <= F.to_date(as_of_column(as_of)))
    return (
        facts.join(seen, on="film_id", how="left")
        .join(earned, on="film_id", how="left")
        .select(
            "film_id",
            as_of_column(as_of),
            *("title", "genres", "people", "release_date", "budget", "distributor"),
            out.alias("released"),
            *(F.coalesce(name, F.lit(0)).alias(name) for name in (*_COUNTS, "gross_to_date")),
        )
    )


def _audience_counts() -> list[Column]:
    kinds = {
        "impressions": "impression",
        "plays": "play",
        "completes": "complete",
        "likes": "like",
        "skips": "skip",
    }
    clicked = (F.col("type") == "play") & F.col("slate_id").isNotNull()
    return [
        *(F.count_if(F.col("type") == kind).alias(name) for name, kind in kinds.items()),
        F.count_if(clicked).alias("clicks"),
        F.count("rating").alias("ratings"),
        F.sum((F.col("rating") * 2).cast("bigint")).alias("rating_half_stars"),
        F.count_distinct("viewer_id").alias("viewers"),
    ]
