"""Feature tables → the frames that models read."""

from typing import TYPE_CHECKING

import pandas as pd

from models.base import columns

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def interactions_by(taken: "DataFrame") -> dict[int, pd.DataFrame]:
    """What was taken up as of several moments (`taken_up_by`) → moment → `columns.INTERACTIONS` as of then."""
    rows = taken.toPandas().rename(columns={"at": columns.AT})
    return {int(str(moment)): known[list(columns.INTERACTIONS)] for moment, known in rows.groupby("moment")}


def panel(days: "DataFrame") -> pd.DataFrame:
    """`features/film_day` → the forecasters' panel."""
    return as_panel(days.toPandas())


def as_panel(days: pd.DataFrame) -> pd.DataFrame:
    """`features/film_day` as pandas → film_id, date, gross, day, screens, genres, sorted by film and date."""
    frame = days[["film_id", "date", "gross", "day", "screens", "genres"]]
    typed = frame.assign(date=pd.to_datetime(frame["date"])).astype({"gross": float, "screens": float})
    return typed.sort_values(["film_id", "date"], ignore_index=True)
