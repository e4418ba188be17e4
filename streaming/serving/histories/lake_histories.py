"""All histories up to an offset of each partition, as read from the lake.

They are kept as columns, of which one viewer's rows become objects when asked for: a million interactions take forty
megabytes so, and would take ten times as much as objects.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pandas as pd
from pandas.util import hash_array

from streaming.serving.histories.viewer_history import TAKEN_UP, FilmActivity, History

_KINDS = tuple(model.type.rpartition(".")[2] for model in TAKEN_UP)
_COUNTED = ["viewer_id", "type"]
_PAIR = ["viewer_id", "film_id"]

COLUMNS = ("event_id", "type", "viewer_id", "film_id", "rating", "occurred_at", "partition", "offset")
"""What `LakeHistories.of` reads: `silver/viewing`, with `occurred_at` in UTC milliseconds."""


@dataclass(frozen=True)
class LakeHistories:
    """The lake's histories, and the first offset of each partition that they do not include."""

    offsets: dict[int, int] = field(default_factory=dict)
    _films: pd.DataFrame = field(default_factory=lambda: _by_film(_empty_events()))
    _skips: pd.DataFrame = field(default_factory=lambda: _empty_events()[_PAIR])
    _counts: pd.DataFrame = field(default_factory=lambda: _by_kind(_empty_events()))
    _event_ids: np.ndarray = field(default_factory=lambda: np.array([], dtype=np.uint64))

    @classmethod
    def of(cls, events: pd.DataFrame, offsets: Mapping[int, int]) -> Self:
        """Histories from accepted events; those beyond `offsets` (partition → next offset) are left to the topic."""
        ends = events["partition"].map(dict(offsets)).fillna(0)
        read = events[events["offset"] < ends]
        skips = read.loc[read["type"] == "skip", _PAIR].drop_duplicates()
        ids = np.sort(hash_array(read["event_id"].to_numpy(dtype=object), categorize=False))
        return cls(dict(offsets), _by_film(read), skips.sort_values(_PAIR, ignore_index=True), _by_kind(read), ids)

    def holds(self, event_id: str) -> bool:
        """Whether the event is included (by 64 bits of its id)."""
        mark = hash_array(np.array([event_id], dtype=object), categorize=False)[0]
        place = int(np.searchsorted(self._event_ids, mark))
        return place < len(self._event_ids) and bool(self._event_ids[place] == mark)

    def history(self, viewer: str) -> History | None:
        """A viewer's history, a new object at every call; None for an unknown viewer."""
        counted = _rows_of_viewer(self._counts, viewer)
        if counted.empty:
            return None
        rows = _rows_of_viewer(self._films, viewer)
        columns = (rows[name].tolist() for name in ("film_id", "at", "rating", "watched", "liked"))
        films = {
            film: FilmActivity(at, None if math.isnan(rating) else rating, watched, liked)
            for film, at, rating, watched, liked in zip(*columns, strict=True)
        }
        return History(
            films,
            set(_rows_of_viewer(self._skips, viewer)["film_id"]),
            dict(zip(counted["type"].tolist(), counted["events"].tolist(), strict=True)),
            int(counted["first"].min()),
            int(counted["last"].max()),
        )


def _rows_of_viewer(frame: pd.DataFrame, viewer: str) -> pd.DataFrame:
    """A viewer's rows of a frame sorted by viewer_id."""
    first, last = (int(frame["viewer_id"].searchsorted(viewer, side=side)) for side in ("left", "right"))
    return frame.iloc[first:last]


def _by_film(events: pd.DataFrame) -> pd.DataFrame:
    """A row a viewer and film taken up, by viewer."""
    taken = events[events["type"].isin(_KINDS)]
    rating = taken["rating"].where(taken["type"] == "rate")
    marked = taken.assign(rating=rating, watched=taken["type"] == "complete", liked=taken["type"] == "like")
    return marked.groupby(_PAIR, sort=True, as_index=False).agg(
        at=("occurred_at", "min"), rating=("rating", "max"), watched=("watched", "any"), liked=("liked", "any")
    )


def _by_kind(events: pd.DataFrame) -> pd.DataFrame:
    """A row a viewer and kind of event, by viewer."""
    return events.groupby(_COUNTED, sort=True, as_index=False).agg(
        events=("event_id", "size"), first=("occurred_at", "min"), last=("occurred_at", "max")
    )


def _empty_events() -> pd.DataFrame:
    kinds = {"rating": float, "occurred_at": np.int64, "partition": np.int64, "offset": np.int64}
    return pd.DataFrame({name: pd.Series(dtype=kinds.get(name, object)) for name in COLUMNS})
