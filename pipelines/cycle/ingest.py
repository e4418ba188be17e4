"""Collect: what the topics hold → bronze → silver, with the counts that have to add up."""

import os
from pathlib import Path

from pyspark.sql import functions as F

from jobs import bronze
from jobs.checkpoint import explained_failures
from jobs.features.main import read_silver
from jobs.now import now
from jobs.silver import main as silver
from jobs.silver.conservation import RowCounts, count
from jobs.silver.tables import SILVER_TABLES
from pipelines.platform import lock
from pipelines.platform.context import Context
from pipelines.platform.errors import Away
from streaming.kafka.consumer import end_offsets, lag
from streaming.kafka.topics import INPUTS

Ends = dict[str, dict[str, int]]
_DECIDING = ("slates", "forecaster")  # noted by stages that have asked the registry what serves


def begin(context: Context) -> tuple[int, int]:
    """Open the cycle in the ledger, or go on with the killed one: its number, and how many records wait to be read.

    Raises:
        Busy: another process is running a cycle.
        Away: the lake or the registry of earlier cycles is not where it was, or cannot be written to.
    """
    lock.acquire(context.state)
    _refuse_if_away(context)
    return context.ledger.open_or_resume(), unread(context)


def _refuse_if_away(context: Context) -> None:
    """See that a cycle can go on from where the last one ended.

    Raises:
        Away: a folder or file that it made is missing, or nothing can be written there.
    """
    done = [record for record in context.ledger.records() if record["closed"]]
    state = context.state
    if any("read" in record for record in done):
        _refuse_missing_or_readonly(state.lake, state.lake / bronze.TABLE, done[-1]["cycle"])
    if any(stage in record for record in done for stage in _DECIDING):
        _refuse_missing_or_readonly(state.mlflow, state.mlflow / "mlflow.db", done[-1]["cycle"])


def _refuse_missing_or_readonly(folder: Path, proof: Path, cycle: int) -> None:
    """Raise Away if `proof` is missing or the folder cannot be written to."""
    if not proof.exists():
        raise Away(f"{proof} is away, and cycle {cycle} left it there: put {folder} back, and run the cycle again.")
    if not os.access(folder, os.W_OK):
        raise Away(f"nothing can be written to {folder}: give this user the right to, and run the cycle again.")


def to_bronze(context: Context, number: int) -> int:
    """Append to bronze what the topics hold, note how far and until when it read, and return how many rows it holds."""
    with explained_failures(context.lake, "bronze"):
        bronze.start(context.spark, context.lake, context.bootstrap).awaitTermination()
    rows = context.lake.read(context.spark, bronze.TABLE)
    reached = ((F.max("offset") + 1).alias("end"), F.unix_millis(F.max("appended_at")).alias("appended"))
    places = rows.groupBy("topic", "partition").agg(*reached, F.count("*").alias("rows")).collect()
    read: Ends = {}
    for place in places:
        read.setdefault(place["topic"], {})[str(place["partition"])] = place["end"]
    context.ledger.note(number, read=read, appended=max((place["appended"] for place in places), default=0))
    return sum(place["rows"] for place in places)


def to_silver(context: Context, number: int) -> RowCounts:
    """Settle bronze in silver, and note its versions, its counts and `now`, which features are made as of."""
    with explained_failures(context.lake, "silver"):
        silver.start(context.spark, context.lake).awaitTermination()
    counts = count(context.spark, context.lake)
    standing = [table for table in SILVER_TABLES if context.lake.exists(context.spark, table.path)]
    versions = {table.name: context.lake.version(context.spark, table.path) for table in standing}
    context.ledger.note(
        number,
        silver=versions,
        counts={
            "bronze": counts.bronze,
            "silver": counts.silver,
            "duplicates": counts.duplicates,
            "quarantined": counts.quarantined,
        },
        as_of=_agreed_now(context, number),
    )
    return counts


def _agreed_now(context: Context, number: int) -> int:
    """Read what the sources of this cycle's records agree on, not before the last cycle's `now`."""
    earlier = [record for record in context.ledger.records() if record["cycle"] < number and "as_of" in record]
    read, before = (_with_numbered_partitions(earlier[-1]["read"]), earlier[-1]["as_of"]) if earlier else ({}, None)
    silver_now = read_silver(context.spark, context.lake)
    return now(silver_now, context.ledger.read(number)["appended"], read, before)


def unread(context: Context) -> int:
    """Ask Kafka how many records the topics hold that no finished cycle has read."""
    noted = [record["read"] for record in context.ledger.records() if record["closed"]]
    offsets = _with_numbered_partitions(noted[-1] if noted else {})
    return lag(context.bootstrap, {topic.name: offsets.get(topic.name, {}) for topic in INPUTS})


def _with_numbered_partitions(noted: Ends) -> dict[str, dict[int, int]]:
    """Partitions as numbers: JSON has names only."""
    return {topic: {int(partition): end for partition, end in ends.items()} for topic, ends in noted.items()}


def silent(context: Context) -> set[str]:
    """Ask Kafka which input topics hold no record at all."""
    ends = end_offsets(context.bootstrap, [topic.name for topic in INPUTS])
    return {topic for topic, partitions in ends.items() if not any(partitions.values())}


def mark(context: Context) -> str:
    """Ask Kafka how far the topics reach, as a short text: the same until a record comes."""
    ends = end_offsets(context.bootstrap, [topic.name for topic in INPUTS])
    return " ".join(str(sum(ends[topic.name].values())) for topic in INPUTS)
