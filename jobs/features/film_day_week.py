"""`features/film_day_week`: what was told of films' days and genres, by the week (its Monday, UTC) of the telling.

A row of week w is that week's newest word on what a film took in a territory on a date or, where these two are null, on
its genres. A correction stands in the later week in which it came. So no week depends on another one's events, and the
newest rows up to a week are what was known at its end: `film_day` as of then. The first week holds what was said before
it, too.
"""

from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.features.known import newest
from jobs.features.periods import period_of

NAME = "film_day_week"


@dataclass(frozen=True)
class Weeks:
    """The weeks from `first` to `last`, of a history whose first week is `beginning`; all three are Mondays."""

    first: date
    last: date
    beginning: date


def film_day_week(boxoffice: DataFrame, films: DataFrame, weeks: Weeks) -> DataFrame:
    """Silver → week, film_id, territory, date, gross (dollars), screens, genres ("a|b"), events.

    `events` is how many were told of a row's subject in its week: they add up to what silver holds of the week.
    """
    days = _newest_of_each_week(boxoffice, weeks, "film_id", "territory", "date").select(
        "week",
        "film_id",
        "territory",
        "date",
        F.round("gross").cast("bigint").alias("gross"),
        F.col("screens").cast("bigint").alias("screens"),
        "events",
    )
    genres = F.coalesce(F.array_join("genres", "|"), F.lit("")).alias("genres")
    facts = _newest_of_each_week(films, weeks, "film_id").select("week", "film_id", genres, "events")
    return days.unionByName(facts, allowMissingColumns=True).select(
        *("week", "film_id", "territory", "date", "gross", "screens", "genres", "events")
    )


def _newest_of_each_week(silver: DataFrame, weeks: Weeks, *keys: str) -> DataFrame:
    """The newest row a week and key."""
    week = F.greatest(period_of(F.unix_millis("occurred_at"), "week"), F.lit(weeks.beginning))
    within = silver.withColumn("week", week).where(F.col("week").between(weeks.first, weeks.last))
    told = F.count("*").over(Window.partitionBy("week", *keys))
    return newest(within.withColumn("events", told), "week", *keys)
