"""`features/viewer_segment`: which segments a viewer belongs to, a row a viewer and segment facet.

Facets are what viewers told of themselves (`age_band`, `gender`, `occupation`; `untold` where they did not), and
`taste`: the genre of which the viewer takes up most beyond everybody's share. Its names stay the same from period to
period, as those of fitted clusters would not. One more facet, `all`, holds everybody.
"""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.features.facets import facets_of
from jobs.features.interaction_sequence import taken_up
from jobs.features.known import as_of_column, known_by, newest

NAME = "viewer_segment"
EVERYBODY = "all"
_TOLD = ("age_band", "gender", "occupation")
FACETS = (EVERYBODY, *_TOLD, "taste")
_UNTOLD = "untold"


def viewer_segment(viewing: DataFrame, films: DataFrame, viewers: DataFrame, as_of: int) -> DataFrame:
    """Silver → viewer_id, as_of, segment_facet, segment; a row a facet of each viewer who has taken up a film."""
    taken = taken_up(viewing, as_of)
    told = newest(known_by(viewers, as_of), "viewer_id").select("viewer_id", *_TOLD)
    tastes = _standout_genres(taken, facets_of(newest(known_by(films, as_of), "film_id"), "genre"))
    wide = (
        taken.select("viewer_id").distinct().join(told, "viewer_id", "left").join(tastes, "viewer_id", "left")
    ).withColumn(EVERYBODY, F.lit(EVERYBODY))
    named = F.array(
        *(
            F.struct(F.lit(facet).alias("segment_facet"), F.coalesce(facet, F.lit(_UNTOLD)).alias("segment"))
            for facet in FACETS
        )
    )
    return wide.select("viewer_id", as_of_column(as_of), F.inline(named))


def _standout_genres(taken: DataFrame, genres: DataFrame) -> DataFrame:
    """viewer_id → taste; of genres that stand out equally, the first by name."""
    halves = (F.col("strength") * 2).cast("bigint")
    counted = taken.join(genres, "film_id").groupBy("viewer_id", "value").agg(F.sum(halves).alias("amount"))
    share = F.col("amount") / F.sum("amount").over(Window.partitionBy("viewer_id"))
    share_of_all = F.sum("amount").over(Window.partitionBy("value")) / F.sum("amount").over(Window.partitionBy())
    beyond = counted.select("viewer_id", "value", (share - share_of_all).alias("beyond"))
    place = F.row_number().over(Window.partitionBy("viewer_id").orderBy(F.desc("beyond"), "value"))
    return beyond.withColumn("place", place).where("place = 1").select("viewer_id", F.col("value").alias("taste"))
