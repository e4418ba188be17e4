"""`features/interaction_sequence` as models and the serving app read it: what viewers took up and what they skipped."""

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import pandas as pd

from models.base import columns
from pipelines.lake import delta
from streaming.serving.histories.viewer_history import FilmActivity, History, ViewerKnowledge

TABLE = "features/interaction_sequence"
_TYPES: dict[str, Any] = {
    **{"viewer_id": object, "film_id": object, "at": "int64", "strength": "float64", "rating": "float64"},
    **{"watched": bool, "liked": bool, "skipped": bool, "as_of": "datetime64[us, UTC]"},
}
_FACTS = ["film_id", "at", "strength", "rating", "watched", "liked", "skipped"]


@dataclass(frozen=True)
class Sequences:
    """All viewers' histories as of one time: the table's rows, by viewer, time and film."""

    rows: pd.DataFrame

    @classmethod
    def of(cls, rows: pd.DataFrame) -> Self:
        """From the table's rows in any order."""
        return cls(rows.sort_values(["viewer_id", "at", "film_id"], ignore_index=True))

    @property
    def as_of(self) -> int | None:
        """Until when they are known (UTC milliseconds); None of nobody."""
        return None if self.rows.empty else round(pd.Timestamp(self.rows["as_of"].max()).timestamp() * 1000)

    @cached_property
    def interactions(self) -> pd.DataFrame:
        """`columns.INTERACTIONS` of what was taken up, by viewer, time and film."""
        taken = self.rows[self.rows["strength"] > 0]
        return taken.rename(columns={"at": columns.AT})[list(columns.INTERACTIONS)].reset_index(drop=True)

    @cached_property
    def skipped(self) -> dict[str, frozenset[str]]:
        """Viewer → the films skipped, of viewers who skipped any."""
        skips = self.rows[self.rows["skipped"].astype(bool)]
        return {str(viewer): frozenset(films) for viewer, films in skips.groupby("viewer_id")["film_id"]}

    def known(self, viewer: str) -> ViewerKnowledge:
        """A viewer's history as the serving app keeps it; an empty one of somebody unknown."""
        first, last = (int(self.rows["viewer_id"].searchsorted(viewer, side=side)) for side in ("left", "right"))
        history = History()
        for film, at, strength, rating, watched, liked, skipped in self._fact_rows.iloc[first:last].itertuples(
            index=False
        ):
            if strength > 0:
                history.films[film] = FilmActivity(at, None if math.isnan(rating) else rating, watched, liked)
            if skipped:
                history.skipped.add(film)
        return history.snapshot()

    @cached_property
    def _fact_rows(self) -> pd.DataFrame:
        return self.rows[_FACTS]


NOTHING = Sequences(pd.DataFrame(columns=list(_TYPES)).astype(_TYPES))
"""Of nobody anything is known."""


def read(lake: Path, version: int | None = None) -> Sequences:
    """Read the histories as a version of the table has them, the newest by default; none where it is not written."""
    rows = delta.read(lake, TABLE, version=version)
    return NOTHING if rows is None else Sequences.of(rows)


def of_one(known: ViewerKnowledge) -> pd.DataFrame:
    """One viewer's history as `columns.INTERACTIONS`."""
    rows = [("viewer", entry.film_id, entry.at, entry.strength) for entry in known.interactions]
    types = {columns.AT: "int64", columns.STRENGTH: "float64"}
    return pd.DataFrame(rows, columns=list(columns.INTERACTIONS)).astype(types)
