"""What the verb `segments` asks: published tastes of segments, and which of them rise or fall."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from jobs.releases import SEGMENT_TASTE
from models.audience.disclosure import EVERYBODY, KEYS
from models.audience.trends import trends
from pipelines.lake import delta
from pipelines.platform.errors import NothingThere

_STRONGEST = 3  # values of a segment


@dataclass(frozen=True)
class SegmentsAnswer:
    """The newest published period: its facts, what sets each segment apart, and what rises or falls beyond chance."""

    facts: dict[str, Any]
    tastes: list[dict[str, Any]]
    trends: list[dict[str, Any]]


def published(lake: Path) -> pd.DataFrame:
    """Read from the lake all rows that were published, of every period; raises NothingThere where there are none."""
    released = delta.read(lake, SEGMENT_TASTE)
    if released is None or released.empty:
        raise NothingThere(
            f"no period of {lake} is published yet: one is when it is over and twenty viewers stand behind a cell; "
            "turn more cycles, or set CINELOOP_PERIOD=week in a new state"
        )
    return released


def tastes_and_trends(
    released: pd.DataFrame,
    of: str | None = None,
    facet: str | None = None,
    segment: str | None = None,
    period: str | None = None,
) -> SegmentsAnswer:
    """From published rows (one at least), the tastes of a period and which of them rise or fall.

    Args:
        of: a segment facet (age_band, gender, occupation, taste, all), or all of them.
        facet: a film facet (genre, decade, country), or all of them.
        segment: one segment, all of whose published values are returned; otherwise the three that set each apart most.
        period: the beginning of a period's first day, such as 2001-03.

    Raises:
        NothingThere: nothing of what is asked for has been published.
    """
    until = _rows_until(released, period)
    newest = until[until["period"] == until["period"].max()]
    chosen = _rows_chosen(newest, of, facet, segment)
    moved = trends(until)
    moved = moved[moved["trend"] != "steady"].merge(chosen[list(KEYS)])
    strongest = moved.reindex(moved["change"].abs().sort_values(ascending=False).index)
    facts = {
        "period": str(newest["period"].iloc[0]),
        "kind": newest["kind"].iloc[0],
        "periods": int(until["period"].nunique()),
        "cells": len(newest),
    }
    return SegmentsAnswer(facts, delta.records(_apart(chosen, whole=segment is not None)), delta.records(strongest))


def _rows_until(released: pd.DataFrame, period: str | None) -> pd.DataFrame:
    """The rows of periods up to the named one (all by default); raises NothingThere where it is not published."""
    if period is None:
        return released
    days = released["period"].astype(str)
    named = sorted(days[days.str.startswith(period)].unique())
    if not named:
        raise NothingThere(f"no period {period!r} is published: name one of {', '.join(sorted(days.unique())[-6:])}")
    return pd.DataFrame(released[days <= named[-1]])


def _rows_chosen(newest: pd.DataFrame, of: str | None, facet: str | None, segment: str | None) -> pd.DataFrame:
    """The rows of the wanted facets and segment; raises NothingThere where one is not published."""
    rows = newest
    for column, wanted in (("segment_facet", of), ("facet", facet), ("segment", segment)):
        known = sorted(rows[column].unique())
        if wanted is not None and wanted not in known:
            raise NothingThere(f"no {column} {wanted!r} is published: name one of {', '.join(known)}")
        rows = rows if wanted is None else rows[rows[column] == wanted]
    return rows


def _apart(rows: pd.DataFrame, whole: bool) -> pd.DataFrame:
    """Each segment's cells sorted by how surely they differ from everybody's (all if `whole`, else the first few)."""
    beyond = (rows["share"] - rows["share_of_all"]).fillna(0.0)
    sure = beyond.abs() / rows["error"].clip(lower=1e-4)
    order = sure.where(rows["segment_facet"] != EVERYBODY, rows["share"])
    ranked = rows.assign(beyond=beyond, order=order).sort_values(
        ["segment_facet", "segment", "facet", "order"], ascending=[True, True, True, False], kind="stable"
    )
    kept = ranked if whole else ranked.groupby(["segment_facet", "segment", "facet"]).head(_STRONGEST)
    return kept[[*KEYS, "viewers", "share", "error", "share_of_all", "beyond"]]
