"""The simulated worlds of a study, and their events as rows of the platform's silver tables."""

import zlib
from collections.abc import Callable, Iterator, Sequence

import pandas as pd

from streaming.audience.world import World
from streaming.schema.events import Event


def worlds(study: str, count: int, seed: int, began: Callable[[str], None], viewers: int = 800) -> Iterator[World]:
    """Yield new simulated worlds, one after another; no two studies or seeds share one. `began` is told of each."""
    for number in range(count):
        began(f"world {number + 1} of {count}")
        yield World(zlib.crc32(f"{study} {seed} {number}".encode()), viewers)


def silver_rows(events: Sequence[Event]) -> pd.DataFrame:
    """Events as rows of their silver table."""
    rows = pd.DataFrame([event.model_dump() for event in events])
    return rows.assign(occurred_at=pd.to_datetime(rows["occurred_at"], unit="ms", utc=True))
