"""`now`: the time up to which features use events: an event-time watermark over all sources.

Event time is input, not truth: one source whose clock is ahead must not move the loop into a day that no other source
has reached. So `now` is the newest time that sources of a tenth of the records have reached, and never later than the
newest append. Later events wait in silver until `now` has passed them.
"""

from collections.abc import Mapping
from functools import reduce

import pandas as pd
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs import bronze
from jobs.errors import MissingTable
from jobs.lake import Lake
from jobs.silver.tables import BOXOFFICE, VIEWING

Read = Mapping[str, Mapping[int, int]]  # topic → partition → the offset up to which it was read before

SHARE = 0.1  # of the records: whose sources have less does not move `now`
_SOURCE, _EVENTS, _NEWEST = "source", "events", "newest"


def now(silver: Mapping[str, DataFrame], appended: int, read: Read, before: int | None = None) -> int:
    """`now`, in UTC milliseconds: what the sources of the records that came since `read` agree on.

    Descriptions do not count: a film may be announced years before it opens. A line or part of a source, told after a
    `#`, is no source of its own.

    Args:
        silver: `viewing` and `boxoffice`.
        appended: when the broker took the newest record (UTC milliseconds); no event counts as later.
        before: the last cycle's `now`, behind which this one does not fall; it stands where nothing came.

    Raises:
        MissingTable: silver holds no event at all.
    """
    fresh = (
        silver[table.name].where(_is_after(read)).select(_source_column(), "occurred_at")
        for table in (VIEWING, BOXOFFICE)
    )
    sources = (
        reduce(DataFrame.union, fresh)
        .groupBy(_SOURCE)
        .agg(F.count("*").alias(_EVENTS), F.unix_millis(F.max("occurred_at")).alias(_NEWEST))
    )
    reached = agreed(sources.select(_EVENTS, _NEWEST).toPandas())
    known = [moment for moment in (None if reached is None else min(reached, appended), before) if moment is not None]
    if not known:
        raise MissingTable(
            "silver holds no viewing and no box office: send events, or run `cineloop replay --data DIR`"
        )
    return max(known)


def agreed(sources: pd.DataFrame) -> int | None:
    """The newest moment that sources of at least a tenth of all events have reached; None where there is none.

    Args:
        sources: a row a source, with events (how many it sent) and newest (when its newest happened).
    """
    if sources.empty:
        return None
    ordered = sources.sort_values(_NEWEST, ascending=False, kind="stable")
    enough = ordered[_EVENTS].cumsum() >= SHARE * ordered[_EVENTS].sum()
    return int(ordered.loc[enough, _NEWEST].iloc[0])


def newest_append(spark: SparkSession, lake: Lake) -> int:
    """Read when the broker took the newest record that bronze holds (UTC milliseconds).

    Raises:
        MissingTable: there is no bronze yet.
    """
    return int(lake.read(spark, bronze.TABLE).agg(F.unix_millis(F.max("appended_at"))).collect()[0][0])


def _source_column() -> Column:
    return F.substring_index(F.coalesce("source", F.lit("")), "#", 1).alias(_SOURCE)


def _is_after(read: Read) -> Column:
    """Whether a row stands in Kafka behind what was read."""
    ends = {f"{topic}/{partition}": end for topic, ends in read.items() for partition, end in ends.items()}
    if not ends:
        return F.lit(True)
    end = F.create_map(*(F.lit(part) for pair in ends.items() for part in pair))
    return F.col("offset") >= F.coalesce(end[F.concat_ws("/", "topic", "partition")], F.lit(0))
