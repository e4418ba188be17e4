"""Feature tables → the frames that models read."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.base import columns

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def interactions(sequences: "DataFrame") -> pd.DataFrame:
    """`features/interaction_sequence` → `columns.INTERACTIONS`, a row a viewer and film, by viewer and time."""
    wide = sequences.select("viewer_id", "films", "at", "strengths").toPandas()
    return unrolled(wide).sort_values([columns.VIEWER, columns.AT, columns.FILM], ignore_index=True)


def interactions_by(taken: "DataFrame") -> dict[int, pd.DataFrame]:
    """What was taken up as of several moments (`taken_up_by`) → moment → `columns.INTERACTIONS` as of then."""
    rows = taken.toPandas().rename(columns={"at": columns.AT})
    return {int(str(moment)): known[list(columns.INTERACTIONS)] for moment, known in rows.groupby("moment")}


def unrolled(wide: pd.DataFrame) -> pd.DataFrame:
    """A row a viewer with arrays → a row a viewer and film."""
    lengths = wide["films"].map(len).to_numpy(dtype=np.int64)
    return pd.DataFrame(
        {
            columns.VIEWER: np.repeat(wide["viewer_id"].to_numpy(dtype=object), lengths),
            columns.FILM: _joined(wide["films"], object),
            columns.AT: _joined(wide["at"], np.int64),
            columns.STRENGTH: _joined(wide["strengths"], np.float64),
        }
    )


def films(facts: "DataFrame", new_days: int) -> pd.DataFrame:
    """`features/film` → `columns.FILMS` and `new` (out for at most so many days), by film; there is no overview."""
    named = facts.selectExpr(
        *("film_id", "title", "genres", "people", "year(release_date) AS year"),
        f"coalesce(release_date > date_sub(as_of, {new_days}), false) AS new",
    ).toPandas()
    return named.assign(**{columns.OVERVIEW: None}).sort_values(columns.FILM, ignore_index=True)


def panel(days: "DataFrame") -> pd.DataFrame:
    """`features/film_day` → the forecasters' panel."""
    return as_panel(days.toPandas())


def as_panel(days: pd.DataFrame) -> pd.DataFrame:
    """`features/film_day` as pandas → film_id, date, gross, day, screens, genres, sorted by film and date."""
    frame = days[["film_id", "date", "gross", "day", "screens", "genres"]]
    typed = frame.assign(date=pd.to_datetime(frame["date"])).astype({"gross": float, "screens": float})
    return typed.sort_values(["film_id", "date"], ignore_index=True)


def _joined(arrays: pd.Series, kind: type) -> np.ndarray:
    parts: list[np.ndarray] = [np.asarray(array, dtype=kind) for array in arrays]
    return np.concatenate(parts) if parts else np.array([], dtype=kind)
