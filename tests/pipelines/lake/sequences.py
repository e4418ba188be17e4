"""`features/interaction_sequence` of viewers whose history is known by construction."""

from pathlib import Path

import pandas as pd
from deltalake import write_deltalake


def write_sequences(lake: Path, interactions: pd.DataFrame, as_of: int) -> None:
    """Put the table in place as of a time (UTC milliseconds), from `columns.INTERACTIONS`: nobody skipped anything."""
    rows = interactions.rename(columns={"occurred_at": "at"}).assign(
        rating=float("nan"), watched=False, liked=False, skipped=False, as_of=pd.Timestamp(as_of, unit="ms", tz="UTC")
    )
    once = rows.drop_duplicates(["viewer_id", "film_id"])
    write_deltalake(lake / "features" / "interaction_sequence", once, mode="overwrite")
