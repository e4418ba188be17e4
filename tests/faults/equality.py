"""Whether two states hold the same: silver by rows, features to the last bit, decisions by their ids and values.

What differs between equal runs is left out: where in Kafka a record stands and when the broker took it, and the
numbers of table versions, which count how often a table was written.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from deltalake import DeltaTable

_OF_THE_WIRE = ("topic", "partition", "offset", "appended_at", "headers", "feature_version")
ALL = ("silver", "features", "decisions", "feedback")


def equal(state: Path, undisturbed: Path, rooms: Sequence[str] = ALL) -> str:
    """Compare all tables of both states' lakes in these folders, and say how much was compared.

    Raises:
        AssertionError: a table stands in one lake only, or holds other rows.
    """
    told = []
    for room in rooms:
        ours, theirs = (_tables(root / "lake" / room) for root in (state, undisturbed))
        assert ours == theirs, f"{room} has the tables {sorted(ours)}, without the fault {sorted(theirs)}"
        rows = sum(_compared(state, undisturbed, f"{room}/{name}") for name in sorted(ours))
        told.append(f"{room}: {len(ours)} tables, {rows:,} rows")
    return f"equal ({'; '.join(told)})"


def _tables(folder: Path) -> set[str]:
    return {log.parent.name for log in folder.glob("*/_delta_log")}


def _compared(state: Path, undisturbed: Path, table: str) -> int:
    held, wanted = (_rows(root / "lake" / table) for root in (state, undisturbed))
    assert list(held) == list(wanted), f"{table} has other columns"
    pd.testing.assert_frame_equal(held, wanted, check_exact=True, obj=table)
    return len(held)


def _rows(path: Path) -> pd.DataFrame:
    frame = DeltaTable(path).to_pandas()
    frame = frame[[name for name in sorted(frame) if name not in _OF_THE_WIRE]]
    order = frame.astype(str).agg("|".join, axis=1).sort_values(kind="stable").index if len(frame) else frame.index
    return frame.loc[order].reset_index(drop=True)
