"""Writes files that a reader sees complete or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import get_ident
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def write_whole(path: Path, content: bytes, durable: bool = False) -> Path:
    """Write or replace a file atomically and return `path`; its folder must exist.

    A `durable` one survives a power cut, too.
    """
    with _draft_file(path, content, durable=durable) as draft:
        draft.replace(path)
    return path


def write_once(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a file atomically and durably unless it exists; its folder must exist."""
    with _draft_file(path, content, mode, durable=True) as draft, suppress(FileExistsError):
        path.hardlink_to(draft)


def write_csv(path: Path, frame: "pd.DataFrame") -> Path:
    """Write or replace a frame as CSV atomically, without its index, and return `path`; its folder is created."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_whole(path, frame.to_csv(index=False).encode())


@contextmanager
def _draft_file(path: Path, content: bytes, mode: int = 0o666, durable: bool = False) -> Iterator[Path]:
    """Write `content` to a hidden file beside `path` for the block, and delete what is left of it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{get_ident()}")
    try:
        draft.touch(mode)
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)
