"""Publish what segments of the audience like, of each period that is over, once and for good."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from pyspark.sql import functions as F

from jobs import releases, settings
from jobs.features.main import read_silver
from jobs.features.periods import is_over
from jobs.features.segment_taste import joint_amounts, joint_members
from models.audience.disclosure import released
from pipelines.lake import delta
from pipelines.platform.context import Context
from pipelines.platform.errors import BadSetting


def release(context: Context, number: int) -> dict[str, Any]:
    """Append to the lake the tastes of periods that are over and not yet published; returns what the ledger notes.

    Raises:
        BadSetting: `CINELOOP_PERIOD` is not what the folder's earlier periods were.
    """
    record, kind = context.ledger.read(number), settings.period()
    published, as_of = _published(context, kind), record["as_of"]
    cells = context.lake.read(context.spark, "features/segment_taste", record["features"]["segment_taste"])
    periods = [row["period"] for row in cells.select("period").distinct().collect()]
    due = sorted(day for day in periods if day not in published and is_over(day, kind, as_of))
    note = {"periods": [str(day) for day in due], "published": 0, "withheld": 0}
    if due:
        exact = cells.where(F.col("period").isin(due)).toPandas()
        rows = _disclosed_by_period(exact, *_joint(context, due, as_of)).assign(kind=kind, cycle=number)
        releases.append(context.spark, context.lake, rows)
        note = {**note, "published": len(rows), "withheld": len(exact) - len(rows)}
    context.ledger.note(number, segments=note)
    return note


def _published(context: Context, kind: str) -> set[Any]:
    """Read from the lake which periods are published; raises BadSetting where they are of another kind than `kind`."""
    rows = delta.read(context.state.lake, releases.SEGMENT_TASTE, ["period", "kind"])
    if rows is None:
        return set()
    others = set(rows["kind"]) - {kind}
    if others:
        known = others.pop()
        raise BadSetting(
            f"{context.state.root} publishes tastes by {known}: set CINELOOP_PERIOD={known}, or name another --state"
        )
    return set(rows["period"])


def _joint(context: Context, due: Sequence[Any], as_of: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compute by Spark, for the due periods, how many viewers share segments, and what they took up."""
    silver = read_silver(context.spark, context.lake)
    segments = context.lake.read(context.spark, "features/viewer_segment")
    members = joint_members(silver["viewing"], segments, as_of)
    amounts = joint_amounts(silver["viewing"], silver["films"], segments, as_of)
    published = F.col("period").isin(list(due))
    return members.where(published).toPandas(), amounts.where(published).toPandas()


def _disclosed_by_period(exact: pd.DataFrame, members: pd.DataFrame, amounts: pd.DataFrame) -> pd.DataFrame:
    """The cells of each period that may be published, after disclosure control."""
    joint = [dict(list(frame.groupby("period"))) for frame in (members, amounts)]
    return pd.concat(
        released(cells, *(frames[period].drop(columns="period") for frames in joint)).assign(period=period)
        for period, cells in exact.groupby("period")
    )
