"""Days of box office in another unit or currency: hundreds of times what the film takes on the days around.

No fixed bound tells them, for a thousandfold of a small film is a plain day of a large one. A day is compared by cinema
where cinemas are told, so that a film that goes from four to four thousand is not suspected. It is judged by the days
that are there when it arrives: the first days of a run have no neighbours yet.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.lake import Lake
from jobs.silver.parse import POSITION, day_of
from jobs.silver.tables import BOXOFFICE
from streaming.schema.events import BoxOfficeDay

MISTAKEN = "hundreds of times the days around: another unit or currency?"
_TIMES = 300.0
_LEAST, _LEAST_A_SCREEN = 1e5, 2e4  # dollars: below that a day is not worth a look
_AROUND, _FEWEST = 7, 3  # days


def suspect() -> Column:
    """Whether a parsed row is a day of so much that it is worth a look at its neighbours."""
    gross, a_screen = F.col("body.gross"), _gross_per_screen("body.")
    much = (gross >= _LEAST) & (F.coalesce(a_screen, gross) >= _LEAST_A_SCREEN)
    return F.coalesce((F.col("type") == BoxOfficeDay.type) & much, F.lit(False))


def judged_by_neighbours(judged: DataFrame, lake: Lake) -> DataFrame:
    """Judged rows; days far from those around, here and in silver, that break no other rule, get their reason."""
    mistaken = _far_above_neighbours(
        _acceptable_days(judged.where(suspect())), _with_days_of_silver(_acceptable_days(judged), lake)
    )
    reason = F.coalesce("reason", F.when(F.col("mistaken"), F.lit(MISTAKEN)))
    return judged.join(mistaken, on=list(POSITION), how="left").withColumn("reason", reason).drop("mistaken")


def _acceptable_days(judged: DataFrame) -> DataFrame:
    """The days among judged rows that break no other rule."""
    return judged.where((F.col("type") == BoxOfficeDay.type) & F.col("reason").isNull()).select(
        *POSITION,
        "event_id",
        "body.film_id",
        day_of("body.date").alias("date"),
        "body.gross",
        "body.screens",
    )


def _with_days_of_silver(days: DataFrame, lake: Lake) -> DataFrame:
    """The batch's days and those read from silver, where a repeated batch meets its own again."""
    if not lake.exists(days.sparkSession, BOXOFFICE.path):
        return days
    return days.union(lake.read(days.sparkSession, BOXOFFICE.path).select(*days.columns))


def _far_above_neighbours(suspects: DataFrame, neighbours: DataFrame) -> DataFrame:
    """The positions of suspects that are far above the middle of the days around, each of which counts once."""
    usual = (
        neighbours.where("gross > 0")
        .groupBy("film_id", F.col("date").alias("near"))
        .agg(F.median("gross").alias("usual"), F.median(_gross_per_screen()).alias("usual_a_screen"))
    )
    # Paired by equality, a day at a time: a client that tells thousands of days of one film costs no square of them.
    around = F.explode(F.array(*(F.date_add("date", days) for days in range(-_AROUND, _AROUND + 1) if days)))
    pairs = suspects.withColumn("near", around).join(usual, on=["film_id", "near"])
    times = F.coalesce(_gross_per_screen() / F.col("usual_a_screen"), F.col("gross") / F.col("usual"))
    of_suspects = pairs.groupBy(*POSITION).agg(F.median(times).alias("times"), F.count("*").alias("days"))
    found = of_suspects.where((F.col("times") > _TIMES) & (F.col("days") >= _FEWEST))
    return found.select(*POSITION, F.lit(True).alias("mistaken"))


def _gross_per_screen(of: str = "") -> Column:
    return F.when(F.col(f"{of}screens") > 0, F.col(f"{of}gross") / F.col(f"{of}screens"))
