"""`features/segment_taste`: what each segment took up in each period, exact and therefore not for publication.

A row a period, segment and facet of films. Amounts are the strengths (in halves) with which films were taken up in the
period; a film of three genres counts for each. Beside the sums stand those of squares and products over viewers, from
which the error of a share follows. What may be published of it is for `models.audience.disclosure` to say.
"""

from functools import reduce
from operator import mul

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs import settings
from jobs.answers import TAKEN_UP
from jobs.features.facets import facets_of
from jobs.features.interaction_sequence import strength
from jobs.features.known import as_of_column, known_by, newest
from jobs.features.periods import period_of
from jobs.features.viewer_segment import FACETS

NAME = "segment_taste"
_SEGMENT = ("period", "segment_facet", "segment", "facet")
_OF_SEGMENT = ("members", "whole", "whole_whole")


def segment_taste(viewing: DataFrame, films: DataFrame, members: DataFrame, as_of: int) -> DataFrame:
    """Silver and `viewer_segment` → as_of and a row a period (its first day), segment_facet, segment, facet and value.

    `viewers` took up such a film, `members` any; `amount` and `whole` are sums over the members, and `amount_amount`,
    `amount_whole` and `whole_whole` sums of their squares and products.
    """
    of_viewer = Window.partitionBy("viewer_id", "period", "facet")
    first = F.row_number().over(of_viewer.orderBy("value")) == 1  # where the viewer counts as a member, once
    y = F.sum("x").over(of_viewer)
    cells = (
        _viewer_amounts(viewing, films, as_of)
        .select("*", y.alias("y"), first.cast("bigint").alias("member"))
        .join(members.drop("as_of"), "viewer_id")
        .groupBy(*_SEGMENT, "value")
        .agg(
            F.count("*").alias("viewers"),
            _sum_of("x").alias("amount"),
            _sum_of("x", "x").alias("amount_amount"),
            _sum_of("x", "y").alias("amount_whole"),
            _sum_of("member").alias("members"),
            _sum_of("member", "y").alias("whole"),
            _sum_of("member", "y", "y").alias("whole_whole"),
        )
    )
    of_segment = {name: F.sum(name).over(Window.partitionBy(*_SEGMENT)) for name in _OF_SEGMENT}
    return cells.withColumns({**of_segment, "as_of": as_of_column(as_of)})


def joint_members(viewing: DataFrame, segments: DataFrame, as_of: int) -> DataFrame:
    """Viewing and `viewer_segment` → period, a column a segment facet, viewers: how many belong to all of these."""
    active = taken_in_periods(viewing, as_of).select("viewer_id", "period").distinct()
    return active.join(_wide(segments), "viewer_id").groupBy("period", *FACETS).agg(F.count("*").alias("viewers"))


def joint_amounts(viewing: DataFrame, films: DataFrame, segments: DataFrame, as_of: int) -> DataFrame:
    """What viewers of the same segments took up: a row a period, segments, facet of films and value.

    Returns:
        period, a column a segment facet, facet, value (null: all values together), viewers, amount, largest, second:
        the two largest amounts that one viewer has, 0 where there is no second.
    """
    each = _viewer_amounts(viewing, films, as_of)
    whole = each.groupBy("viewer_id", "period", "facet").agg(F.sum("x").alias("x"))
    keys = ("period", *FACETS, "facet", "value")
    place = F.row_number().over(Window.partitionBy(*keys).orderBy(F.desc("x")))
    ranked = each.unionByName(whole, allowMissingColumns=True).join(_wide(segments), "viewer_id")
    return (
        ranked.select("*", place.alias("place"))
        .groupBy(*keys)
        .agg(
            F.count("*").alias("viewers"),
            F.sum("x").alias("amount"),
            F.max("x").alias("largest"),
            F.coalesce(F.max(F.when(F.col("place") == 2, F.col("x"))), F.lit(0)).alias("second"),
        )
    )


def _viewer_amounts(viewing: DataFrame, films: DataFrame, as_of: int) -> DataFrame:
    """Silver → viewer_id, period, facet, value, x: how much the viewer took up of such films, in halves."""
    facets = facets_of(newest(known_by(films, as_of), "film_id"), "genre", "decade", "country")
    taken = taken_in_periods(viewing, as_of).join(facets, "film_id")
    return taken.groupBy("viewer_id", "period", "facet", "value").agg(F.sum("halves").alias("x"))


def _wide(segments: DataFrame) -> DataFrame:
    """`viewer_segment` → viewer_id and a column a segment facet."""
    return segments.groupBy("viewer_id").pivot("segment_facet", list(FACETS)).agg(F.first("segment"))


def taken_in_periods(viewing: DataFrame, as_of: int) -> DataFrame:
    """Silver's viewing → viewer_id, film_id, period, halves: the strength by what was done in the period, doubled."""
    period = period_of(F.unix_millis("occurred_at"), settings.period()).alias("period")
    events = known_by(viewing, as_of).where(F.col("type").isin(*TAKEN_UP))
    return events.groupBy("viewer_id", "film_id", period).agg((strength() * 2).cast("bigint").alias("halves"))


def _sum_of(*factors: str) -> Column:
    """The sum of products of columns."""
    return F.sum(reduce(mul, map(F.col, factors)))
