"""Writes files that a reader sees complete or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def write_whole(path: Path, content: bytes) -> Path:
    """Write or replace a file atomically and return `path`; its folder must exist."""
    with _draft(path, content) as draft:
        draft.replace(path)
    return path


def write_once(path: Path, content: bytes) -> None:
    """Write a file atomically unless it exists; its folder must exist."""
    with _draft(path, content) as draft, suppress(FileExistsError):
        path.hardlink_to(draft)


def write_csv(path: Path, frame: "pd.DataFrame") -> Path:
    """Write or replace a frame as CSV atomically, without its index, and return `path`; its folder is created."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_whole(path, frame.to_csv(index=False).encode())


@contextmanager
def _draft(path: Path, content: bytes) -> Iterator[Path]:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(content)
        yield draft
    finally:
        draft.unlink(missing_ok=True)
