"""`features/interaction_sequence`: a row a viewer, the films that the viewer took up, in the order of the first time.

Two films first met in the same millisecond stand in the order of their ids. `strength` says how much a film was
taken up, in halves: 1 for a start, 2 for a film watched to its end or rated 3 or more, 1 more for a like or a
rating of 4 or more; 0.5 for a film waved away or rated below 3.
"""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs import local_frame
from jobs.answers import TAKEN_UP
from jobs.features.known import as_of_column, known_by

NAME = "interaction_sequence"


def interaction_sequence(viewing: DataFrame, as_of: int) -> DataFrame:
    """Silver's viewing → viewer_id, as_of, films[], at[] (UTC milliseconds), strengths[]."""
    per_film = taken_up(viewing, as_of)
    entries = F.array_sort(F.collect_list(F.struct("at", "film_id", "strength")))
    return (
        per_film.groupBy("viewer_id")
        .agg(entries.alias("entries"))
        .select(
            "viewer_id",
            as_of_column(as_of),
            F.col("entries.film_id").alias("films"),
            F.col("entries.at").alias("at"),
            F.col("entries.strength").alias("strengths"),
        )
    )


def taken_up(viewing: DataFrame, as_of: int) -> DataFrame:
    """Silver's viewing → viewer_id, film_id, at (when first, UTC milliseconds), strength."""
    return _by_film(known_by(viewing, as_of), "viewer_id", "film_id")


def taken_up_by(viewing: DataFrame, moments: Sequence[int]) -> DataFrame:
    """What `taken_up` says as of each of several moments (UTC milliseconds), which are the column `moment`."""
    asked = local_frame.of_rows(viewing.sparkSession, [[moment] for moment in moments], "moment bigint")
    known = viewing.join(F.broadcast(asked), F.col("occurred_at") <= F.timestamp_millis("moment"))
    return _by_film(known, "moment", "viewer_id", "film_id")


def _by_film(viewing: DataFrame, *keys: str) -> DataFrame:
    events = viewing.where(F.col("type").isin(*TAKEN_UP))
    return events.groupBy(*keys).agg(F.unix_millis(F.min("occurred_at")).alias("at"), strength().alias("strength"))


def strength() -> Column:
    """How much a film was taken up, of the grouped events of a viewer and film (see the module)."""
    rating = F.max("rating")
    watched = F.bool_or(F.col("type") == "complete") | F.coalesce(rating >= 3, F.lit(False))
    liked = F.bool_or(F.col("type") == "like") | F.coalesce(rating >= 4, F.lit(False))
    taken = F.lit(1.0) + watched.cast("double") + liked.cast("double")
    return F.when(rating < 3, F.lit(0.5)).otherwise(taken)
