"""Data sets made of parquet files, one row a row."""

import json
import math
from abc import abstractmethod
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from streaming.datasets.dataset import BadLine, DraftEvent, SourceFile
from streaming.errors import CodecError, DatasetError

Values = tuple[object, ...]

_LINE = "line"


class RowSource(SourceFile):
    """A source whose rows are records of named columns. The bytes of a bad one are its columns as JSON."""

    columns: ClassVar[dict[str, pa.DataType]]
    optional: ClassVar[frozenset[str]] = frozenset()  # columns that a file may lack

    @abstractmethod
    def draft_row(self, values: Values, line: int) -> DraftEvent:
        """Check one row; `values` in the order of `columns`.

        Raises:
            CodecError: the row is no event.
        """

    def draft(self, raw: bytes, line: int) -> DraftEvent:
        """Check one row that is a JSON object of its columns. Raises CodecError."""
        try:
            row = json.loads(raw)
            return self.draft_row(tuple(self._cell_of_json(row, name) for name in self.columns), line)
        except (ValueError, AttributeError) as error:
            raise CodecError(f"wanted a JSON object of {', '.join(self.columns)}: {error}") from error

    def raw(self, values: Values) -> bytes:
        """A row as bytes that `draft` can read."""
        return json.dumps(dict(zip(self.columns, values, strict=True)), default=str).encode()

    def read_rows(self, table: pa.Table, drafts: list[DraftEvent], bad: list[BadLine]) -> None:
        """Append each row of a table made by `read_columns` to either `drafts` or `bad`."""
        for values, line in _numbered_rows(table, list(self.columns)):
            try:
                drafts.append(self.draft_row(values, line))
            except CodecError as error:
                bad.append(BadLine(f"{self.loader}#L{line}", self.raw(values), str(error)))

    def _cell_of_json(self, row: dict[str, object], name: str) -> object:
        cell = row.get(name)
        if isinstance(cell, str) and self.columns[name] == pa.date32():
            return date.fromisoformat(cell)
        return cell


def read_columns(path: Path, columns: dict[str, pa.DataType], optional: frozenset[str] = frozenset()) -> pa.Table:
    """Read columns of a parquet file in the types given, and `line`, the number of each row from 1.

    An optional one that the file lacks is null throughout.

    Raises:
        DatasetError: the file is no parquet, lacks a column, or has one of a type that cannot be turned.
    """
    try:
        told = set(pq.read_schema(path).names)
        there = [name for name in columns if name not in optional or name in told]
        table = pq.read_table(path, columns=there)
        wanted_table = pa.table(
            {
                name: table[name].cast(kind, safe=False) if name in there else pa.nulls(table.num_rows, kind)
                for name, kind in columns.items()
            }
        )
    except (pa.ArrowException, KeyError, OSError) as error:
        names = ", ".join(f"{name} ({kind})" for name, kind in columns.items())
        raise DatasetError(f"{path} cannot be read as parquet with the columns {names}: {error}") from error
    return wanted_table.append_column(_LINE, pa.array(range(1, table.num_rows + 1), pa.int64()))


def wanted(field: str, what: str, seen: object) -> CodecError:
    """The error for a cell that is not what it should be."""
    return CodecError(f"{field}: wanted {what}, saw {seen!r:.40}")


def number_or_none(field: str, value: object) -> float | None:
    """A cell as a finite number; pandas writes a missing one as NaN.

    Raises:
        CodecError: it is infinite, or no number.
    """
    if value is None or value != value:
        return None
    if not isinstance(value, int | float) or math.isinf(value):
        raise wanted(field, "a finite number", value)
    return float(value)


def text_or_none(field: str, value: object) -> str | None:
    """A cell as text, None where it is empty.

    Raises:
        CodecError: it is no text.
    """
    if value is not None and not isinstance(value, str):
        raise wanted(field, "text", value)
    return value or None


def _numbered_rows(table: pa.Table, names: list[str]) -> Iterator[tuple[Values, int]]:
    cells = zip(*(table[name].to_pylist() for name in names), strict=True)
    return zip(cells, table[_LINE].to_pylist(), strict=True)
