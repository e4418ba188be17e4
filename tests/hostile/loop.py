"""A state's loop without its audience: what stands on the topics is all that a cycle reads."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pandas as pd
from deltalake import DeltaTable

from jobs.silver.conservation import RowCounts
from jobs.silver.tables import SILVER_TABLES
from pipelines.platform import processes
from pipelines.platform.ledger import Ledger
from pipelines.platform.state import State
from streaming.broker.node import shared_broker
from streaming.kafka.consumer import end_offsets
from streaming.kafka.topics import INPUTS


@contextmanager
def turning(state: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """The broker's address, and what turns a cycle and raises where one does not close."""
    with shared_broker(state / "broker") as broker, closing(processes.Worker(State.at(state))) as worker:

        def cycle() -> None:
            worker.start("cycle")
            worker.result()

        yield broker.bootstrap, cycle


def check_closed(state: Path, cycles: int) -> RowCounts:
    """Every cycle is closed, the last one's checks held, each record has its place, no id is twice; the counts."""
    records = Ledger(state / "cycles").records()
    assert [record["closed"] for record in records[:cycles]] == [True] * cycles
    broken = [each for found in records[cycles - 1]["checks"].values() for each in found if not each["passed"]]
    assert broken == []
    counts = RowCounts(**records[cycles - 1]["counts"])
    assert counts.bronze == counts.settled, counts.equation()
    for table in SILVER_TABLES:
        assert rows(state, table.path, "event_id")["event_id"].is_unique, table.path
    return counts


def rows(state: Path, table: str, *columns: str) -> pd.DataFrame:
    """Columns of a table of a state's lake."""
    return DeltaTable(state / "lake" / table).to_pandas(columns=list(columns))


def on_topics(bootstrap: str) -> int:
    """How many records the input topics hold."""
    ends = end_offsets(bootstrap, [topic.name for topic in INPUTS])
    return sum(end for partitions in ends.values() for end in partitions.values())
