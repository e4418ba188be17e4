"""Files that a reader sees whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def write_whole(path: Path, content: bytes) -> Path:
    """Put `content` where `path` is, in one step, and return `path`; its folder must exist."""
    with _draft(path, content) as draft:
        draft.replace(path)
    return path


def write_once(path: Path, content: bytes) -> None:
    """Put `content` where `path` is, in one step, unless something is there already, which then stays."""
    with _draft(path, content) as draft, suppress(FileExistsError):
        path.hardlink_to(draft)


@contextmanager
def _draft(path: Path, content: bytes) -> Iterator[Path]:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(content)
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def write_csv(path: Path, frame: "pd.DataFrame") -> Path:
    """Put a frame where `path` is, in one step, and return `path`; folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_whole(path, frame.to_csv(index=False).encode())
