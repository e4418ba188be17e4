"""What a hostile client could have read off the topics: the films, viewers and decisions of a state, and its time."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pandas as pd
from deltalake import DeltaTable

_MOST = 60  # of a kind: so few are met again and again


@dataclass(frozen=True)
class World:
    """Ids that stand in a state, and its newest event's time in UTC milliseconds."""

    now_ms: int
    films: tuple[str, ...]
    viewers: tuple[str, ...]
    events: tuple[str, ...]
    slates: tuple[str, ...]
    campaigns: tuple[str, ...]
    scripts: tuple[str, ...]
    genres: tuple[str, ...]

    @classmethod
    def of(cls, state: Path) -> Self:
        """What a state's lake tells."""
        films, viewing = (_table(state, f"silver/{name}") for name in ("films", "viewing"))
        newest = max(frame["occurred_at"].max() for frame in (viewing, _table(state, "silver/boxoffice")))
        return cls(
            round(newest.timestamp() * 1000),
            _some(films["film_id"]),
            _some(viewing["viewer_id"]),
            _some(viewing["event_id"]),
            _some(_table(state, "decisions/recommendations")["slate_id"]),
            _some(_table(state, "decisions/campaigns")["campaign_id"]),
            _some(_table(state, "decisions/drafts").get("script_id", pd.Series(dtype=object))),
            _some(films["genres"].explode().dropna()),
        )


def _table(state: Path, name: str) -> pd.DataFrame:
    path = state / "lake" / name
    return DeltaTable(path).to_pandas() if (path / "_delta_log").is_dir() else pd.DataFrame()


def _some(ids: "pd.Series[str]") -> tuple[str, ...]:
    """Some of the ids that differ, the same at each reading."""
    known = pd.Series(sorted(set(ids)))
    return tuple(known.sample(min(_MOST, len(known)), random_state=0))
