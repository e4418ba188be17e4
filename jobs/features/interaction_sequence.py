"""`features/interaction_sequence`: a row a viewer and film, of all films that the viewer took up or skipped.

`at` is when the viewer first took the film up, `strength` how much: 1 for a start, 2 for a film watched to its end or
rated 3 or more, 1 more for a like or a rating of 4 or more; 0.5 for a film rated below 3. A film that was skipped and
never taken up has strength 0, and the time of the skip. `rating` (the highest, in stars), `watched` (to its end) and
`liked` are what the viewer said and did; `streaming.serving.histories.viewer_history` keeps the same, event by event.
"""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs import local_frame
from jobs.answers import TAKEN_UP
from jobs.features.known import as_of_column, known_by

NAME = "interaction_sequence"
_SKIP = "skip"


def interaction_sequence(viewing: DataFrame, as_of: int) -> DataFrame:
    """Silver's viewing → viewer_id, film_id, at (UTC ms), strength, rating, watched, liked, skipped, as_of."""
    kind = F.col("type")
    taken = kind.isin(*TAKEN_UP)
    events = known_by(viewing, as_of).where(taken | (kind == _SKIP))
    first = F.coalesce(F.min(F.when(taken, F.col("occurred_at"))), F.min("occurred_at"))
    return (
        events.groupBy("viewer_id", "film_id")
        .agg(
            F.unix_millis(first).alias("at"),
            F.when(F.bool_or(taken), strength()).otherwise(0.0).alias("strength"),
            F.max(F.when(kind == "rate", F.col("rating"))).alias("rating"),
            F.bool_or(kind == "complete").alias("watched"),
            F.bool_or(kind == "like").alias("liked"),
            F.bool_or(kind == _SKIP).alias("skipped"),
        )
        .withColumn("as_of", as_of_column(as_of))
    )


def taken_up(viewing: DataFrame, as_of: int) -> DataFrame:
    """Silver's viewing → viewer_id, film_id, at (when first, UTC milliseconds), strength."""
    return _taken_up_by_keys(known_by(viewing, as_of), "viewer_id", "film_id")


def taken_up_by(viewing: DataFrame, moments: Sequence[int]) -> DataFrame:
    """`taken_up` as of each of several moments (UTC milliseconds), which are the column `moment`."""
    asked = local_frame.of_rows(viewing.sparkSession, [[moment] for moment in moments], "moment bigint")
    known = viewing.join(F.broadcast(asked), F.col("occurred_at") <= F.timestamp_millis("moment"))
    return _taken_up_by_keys(known, "moment", "viewer_id", "film_id")


def _taken_up_by_keys(viewing: DataFrame, *keys: str) -> DataFrame:
    events = viewing.where(F.col("type").isin(*TAKEN_UP))
    return events.groupBy(*keys).agg(F.unix_millis(F.min("occurred_at")).alias("at"), strength().alias("strength"))


def strength() -> Column:
    """How much a film was taken up, of the grouped events of a viewer and film (see the module)."""
    rating = F.max("rating")
    watched = F.bool_or(F.col("type") == "complete") | F.coalesce(rating >= 3, F.lit(False))
    liked = F.bool_or(F.col("type") == "like") | F.coalesce(rating >= 4, F.lit(False))
    taken = F.lit(1.0) + watched.cast("double") + liked.cast("double")
    return F.when(rating < 3, F.lit(0.5)).otherwise(taken)
