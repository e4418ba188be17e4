"""A copy of what the model registry holds, beside its database: reading verbs need no MLflow, whose import takes 2 s.

The database stays the truth. The copy carries the database's change counter (SQLite's file format, header bytes 24 to
27: it grows by one with each transaction that writes), and is passed over as soon as the counter differs.
"""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from streaming.atomic_files import write_whole

_COUNTER = slice(24, 28)


def change_counter(database: Path) -> int | None:
    """Read how often the database was written; None where there is none, or a transaction is not settled."""
    if database.with_name(f"{database.name}-journal").exists():
        return None
    try:
        with database.open("rb") as file:
            header = file.read(_COUNTER.stop)
    except FileNotFoundError:
        return None
    return int.from_bytes(header[_COUNTER], "big") if len(header) == _COUNTER.stop else None


def read(index: Path, counter: int | None) -> Any:
    """Read the content that was kept at this change counter; None where there is none, or it is of another."""
    if counter is None:
        return None
    try:
        kept = json.loads(index.read_bytes())
        return kept["content"] if kept["counter"] == counter else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(index: Path, counter: int | None, content: Any) -> None:
    """Write content to the index with the change counter of its reading; a full or read-only disk is no fault."""
    if counter is not None:
        with suppress(OSError):
            write_whole(index, json.dumps({"counter": counter, "content": content}).encode())
