"""Slates and what their viewers answered, as frames: by the same table and rules as `jobs.feedback` joins them."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from jobs import decisions
from jobs.answers import CLOCKS_MS, LIFE_MS, WORTH
from pipelines.lake import delta

_FILM_OF_SLATE = ["slate_id", "film_id"]
_NAMED = [*_FILM_OF_SLATE, "viewer_id"]


def shown(lake: Path, columns: list[str], by_cycles: pc.Expression, by_app: pc.Expression) -> pd.DataFrame:
    """Read from the lake a row a slate and film, of slates of cycles and of the app for which these conditions hold."""
    found = [
        delta.read(lake, decisions.RECOMMENDATIONS, columns, by_cycles),
        delta.read(lake, decisions.SERVED, columns, by_app),
    ]
    known = [frame for frame in found if frame is not None]
    return pd.concat(known, ignore_index=True) if known else pd.DataFrame(columns=columns)


def answered(lake: Path, slates: pd.DataFrame, by: int | None = None) -> pd.DataFrame:
    """Read from the lake which slates their viewers looked at, with what each film of them earned.

    Args:
        slates: a row a slate and film: slate_id, film_id, viewer_id, occurred_at (UTC milliseconds), and what else.
        by: until when answers are known (UTC milliseconds; all by default): some are told before their time.

    Returns:
        The rows of slates of which an answer counts, in their order, with `reward`.
    """
    told = _read_counted_answers(lake, slates, by)
    earned = told["type"].map(WORTH).fillna(0.0).groupby([told[name] for name in _FILM_OF_SLATE]).max()
    seen = slates[slates["slate_id"].isin(told["slate_id"])]
    return seen.merge(earned.rename("reward").reset_index(), on=_FILM_OF_SLATE, how="left").fillna({"reward": 0.0})


def _read_counted_answers(lake: Path, slates: pd.DataFrame, by: int | None) -> pd.DataFrame:
    """Read the answers from the viewer of a slate, of a film of it, in its life: slate_id, film_id, viewer_id, type."""
    nothing = pd.DataFrame(columns=[*_NAMED, "type"], dtype=object)
    if slates.empty:
        return nothing
    named = pc.field("slate_id").is_valid() & (pc.field("occurred_at") >= _earliest_answer(slates["occurred_at"].min()))
    told = delta.read(lake, "silver/viewing", [*_NAMED, "type", "occurred_at"], named)
    if told is None:
        return nothing
    told["at"] = told.pop("occurred_at").astype("datetime64[ms, UTC]").astype(np.int64)
    told = told if by is None else told[told["at"] <= by]
    met = told.merge(slates[[*_NAMED, "occurred_at"]].drop_duplicates(_NAMED), on=_NAMED, how="inner")
    since = met["at"] - met["occurred_at"]
    return met.loc[since.between(-CLOCKS_MS, LIFE_MS), [*_NAMED, "type"]]


def _earliest_answer(made: int) -> pa.Scalar:
    """The first moment at which a slate that was made then can be answered."""
    return pa.scalar(datetime.fromtimestamp((made - CLOCKS_MS) / 1000, UTC), pa.timestamp("us", "UTC"))
