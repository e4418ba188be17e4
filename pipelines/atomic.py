"""Files that a reader sees whole or not at all."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def write_whole(path: Path, content: bytes) -> Path:
    """Put `content` where `path` is, in one step, and return `path`; its folder must exist."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def write_csv(path: Path, frame: "pd.DataFrame") -> Path:
    """Put a frame where `path` is, in one step, and return `path`; folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_whole(path, frame.to_csv(index=False).encode())
