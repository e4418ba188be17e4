"""`features/film_day`: a row a film and day of its run, the panel from which its next days are forecast."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.features.known import as_of_column, known_by, newest

NAME = "film_day"


def film_day(boxoffice: DataFrame, films: DataFrame, as_of: int) -> DataFrame:
    """Silver → film_id, as_of, date, gross (dollars, all territories), screens, day of run (from 1), genres ("a|b")."""
    days = newest(known_by(boxoffice, as_of), "film_id", "territory", "date")
    totals = days.groupBy("film_id", "date").agg(
        F.sum(F.round("gross").cast("bigint")).alias("gross"), F.sum("screens").alias("screens")
    )
    facts = newest(known_by(films, as_of), "film_id").select("film_id", F.array_join("genres", "|").alias("genres"))
    opening = F.min("date").over(Window.partitionBy("film_id"))
    return totals.join(facts, on="film_id", how="left").select(
        "film_id",
        as_of_column(as_of),
        "date",
        "gross",
        "screens",
        (F.datediff("date", opening) + 1).alias("day"),
        F.coalesce("genres", F.lit("")).alias("genres"),
    )
