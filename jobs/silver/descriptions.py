"""The films that a batch describes, from when on, and the events that this lets in.

All ends as if records were settled one by one, as the broker took them: an event of a film that nobody has described
waits, and is settled at the moment at which the film is. Where one batch ends and the next begins decides nothing.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.silver.parse import POSITION
from streaming.schema.bounds import UNKNOWN_FILM
from streaming.schema.events import FilmDescribed


def taken_at() -> Column:
    """When and where the broker took a row: the order in which rows are settled."""
    return F.struct("appended_at", *POSITION)


def described(judged: DataFrame, standing: DataFrame | None) -> DataFrame:
    """The films that judged rows describe: `described_film`, and `since` which row; duplicates describe none.

    What doubles an event describes nothing; `standing` is silver's films, None where there are none.
    """
    told = judged.where((F.col("type") == FilmDescribed.type) & F.col("reason").isNull())
    order = Window.partitionBy("event_id").orderBy(taken_at())
    firsts = told.withColumn("nth", F.row_number().over(order)).where("nth = 1")
    if standing is not None:
        others = standing.select(F.col("event_id").alias("standing_id"), F.struct(*POSITION).alias("stands"))
        doubled = (F.col("event_id") == F.col("standing_id")) & (F.struct(*POSITION) != F.col("stands"))
        firsts = firsts.join(others, on=doubled, how="left_anti")
    return firsts.groupBy(F.col("body.film_id").alias("described_film")).agg(F.min(taken_at()).alias("since"))


def judged_by_descriptions(judged: DataFrame, films: DataFrame) -> DataFrame:
    """Judged rows with `settles`, when each is settled; an unknown film that is described here no longer counts."""
    joined = judged.join(F.broadcast(films), on=judged["body.film_id"] == films["described_film"], how="left")
    let_in = F.coalesce((F.col("reason") == UNKNOWN_FILM) & F.col("since").isNotNull(), F.lit(False))
    return joined.withColumns(
        {
            "settles": F.when(let_in, F.greatest(taken_at(), "since")).otherwise(taken_at()),
            "reason": F.when(~let_in, F.col("reason")),
        }
    ).drop("described_film", "since")
