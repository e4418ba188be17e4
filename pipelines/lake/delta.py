"""Small reads and writes of the lake without Spark: the same Delta tables, opened in a tenth of a second."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa


def read(
    lake: Path, table: str, columns: list[str] | None = None, where: Any = None, version: int | None = None
) -> pd.DataFrame | None:
    """Read a table's rows; None where nothing has been written yet.

    Args:
        where: a pyarrow expression over the table's columns.
        version: the commit to read; the newest by default.
    """
    rows = read_arrow(lake, table, columns, where, version)
    return None if rows is None else rows.to_pandas()


def read_arrow(
    lake: Path, table: str, columns: list[str] | None = None, where: Any = None, version: int | None = None
) -> pa.Table | None:
    """Read a table's rows as an Arrow table, for what takes too long in pandas; None where nothing has been written."""
    from deltalake import DeltaTable

    path = lake / table
    if not (path / "_delta_log").is_dir():
        return None
    return DeltaTable(path, version=version).to_pyarrow_dataset().to_table(columns=columns, filter=where)


def count(lake: Path, table: str) -> int:
    """Count a table's rows from its files' metadata, without reading the rows."""
    from deltalake import DeltaTable

    rows: int = DeltaTable(lake / table).to_pyarrow_dataset().count_rows()
    return rows


def overwrite(lake: Path, table: str, rows: pd.DataFrame, schema: pa.Schema) -> None:
    """Write `rows` in the place of the whole table, in one commit."""
    from deltalake import write_deltalake

    write_deltalake(lake / table, _to_arrow(rows, schema), mode="overwrite")


def overwrite_weeks(
    lake: Path, table: str, rows: pd.DataFrame, schema: pa.Schema, weeks: Sequence[pd.Timestamp]
) -> None:
    """Write `rows`, all of `weeks`, in the place of what a table partitioned by `week` holds of them, in one commit."""
    from deltalake import write_deltalake

    days = ", ".join(f"'{week.date()}'" for week in weeks)
    predicate = f"week IN ({days})" if (lake / table / "_delta_log").is_dir() else None
    write_deltalake(lake / table, _to_arrow(rows, schema), mode="overwrite", partition_by=["week"], predicate=predicate)


def _to_arrow(rows: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pandas(rows[schema.names], schema, preserve_index=False)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A frame's rows as plain dictionaries, None where there is no value."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]


def film_titles(lake: Path) -> dict[str, str]:
    """Read film_id → title, of all films that features know; empty where there are none yet."""
    films = read(lake, "features/film", ["film_id", "title"])
    return {} if films is None else dict(zip(films["film_id"], films["title"], strict=True))


def plain(value: Any) -> Any:
    """A number of numpy as Python's own; any other value as it is."""
    return value.item() if hasattr(value, "item") else value
