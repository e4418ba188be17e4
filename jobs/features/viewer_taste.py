"""`features/viewer_taste`: what a viewer likes, a row a viewer and facet of the films taken up.

Facets are a film's genres, its decade and its people. `share` says how much of all that the viewer took up has it,
`share_of_all` how much of what everybody took up: where the first is the larger, it is this viewer's taste. One more
facet is the viewer's own: the segment, by recency and frequency. Its share is 1, and its share of all is what the
segment takes up of everything.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.features.facets import facets_of
from jobs.features.interaction_sequence import taken_up
from jobs.features.known import as_of_column, known_by, newest
from streaming.schema.bounds import DAY_MS

NAME = "viewer_taste"
_LATELY_MS = 90 * DAY_MS
_NEW_MS = 30 * DAY_MS
_OFTEN = 10  # films lately


def viewer_taste(viewing: DataFrame, films: DataFrame, as_of: int) -> DataFrame:
    """Silver → viewer_id, as_of, facet (genre, decade, person, segment), value, films, lately (films of the last 90
    days), strength (in halves), share and share_of_all (0–1).
    """
    taken = taken_up(viewing, as_of)
    lately = F.col("at") > as_of - _LATELY_MS
    facets = facets_of(newest(known_by(films, as_of), "film_id"), "genre", "decade", "person")
    of_films = taken.join(facets, on="film_id", how="inner")
    of_viewers = taken.join(_activity_segments(taken, as_of), on="viewer_id", how="inner")
    counted = (
        of_films.unionByName(of_viewers)
        .groupBy("viewer_id", "facet", "value")
        .agg(
            F.count("*").alias("films"),
            F.count_if(lately).alias("lately"),
            F.sum((F.col("strength") * 2).cast("bigint")).alias("strength"),
        )
    )
    return counted.select(
        "viewer_id",
        as_of_column(as_of),
        "facet",
        "value",
        "films",
        "lately",
        "strength",
        (F.col("strength") / _sum_of_strength("viewer_id", "facet")).alias("share"),
        (_sum_of_strength("facet", "value") / _sum_of_strength("facet")).alias("share_of_all"),
    )


def _activity_segments(taken: DataFrame, as_of: int) -> DataFrame:
    """A row a viewer: `new` for 30 days, then `devoted` with ten films in 90 days, `regular`, or `lapsed` with none."""
    lately = F.count_if(F.col("at") > as_of - _LATELY_MS)
    segment = (
        F.when(F.min("at") > as_of - _NEW_MS, "new")
        .when(lately >= _OFTEN, "devoted")
        .when(lately > 0, "regular")
        .otherwise("lapsed")
    )
    return taken.groupBy("viewer_id").agg(segment.alias("value")).withColumn("facet", F.lit("segment"))


def _sum_of_strength(*keys: str) -> Column:
    """A window column: the sum of `strength` over rows that agree in these keys."""
    return F.sum("strength").over(Window.partitionBy(*keys))
