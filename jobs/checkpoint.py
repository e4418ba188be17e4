"""Checks a stream's checkpoint: the stream resumes where it was, or stops with an error that says how to rebuild.

Left alone, a stream whose checkpoint is gone starts again and doubles its table, and one that was handed another
broker's checkpoint skips or repeats records without a word. So before a start three things are compared: the
checkpoint's own identity, the writers in the tables' logs, and the cluster that filled the table.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.sql import SparkSession

from jobs import storage
from jobs.errors import CheckpointError, DiskFull, ForeignCheckpoint, TornCheckpoint
from jobs.lake import Lake, transactions

CURE = (
    "run `cineloop rebuild`, which reads the topics again from their beginning, and refuses where they no longer hold "
    "what the lake does"
)
_FULL = "No space left on device"
_GAP = ("data may have been lost", "KAFKA_DATA_LOSS", "OffsetOutOfRange", "were changed from")


def stream_id(spark: SparkSession, checkpoint: str) -> str | None:
    """Read the identity that Spark gave the stream when the checkpoint was made; None before its first start."""
    text = storage.read_text(spark, f"{checkpoint}/metadata")
    if text is None:
        return None
    try:
        return str(json.loads(text)["id"])
    except (ValueError, KeyError) as error:
        raise TornCheckpoint(f"{checkpoint}/metadata holds {text!r:.60} and no stream id: {CURE}") from error


def verify(spark: SparkSession, checkpoint: str, tables: list[str]) -> None:
    """Check that `checkpoint` is whole and belongs to `tables`; deletes drafts of first entries that were cut short.

    Raises:
        TornCheckpoint: it is missing although a table was written, part of it is unreadable, or it is an older state
            of itself than the tables'.
        ForeignCheckpoint: the tables were written with another checkpoint, or are gone.
    """
    identity = stream_id(spark, checkpoint)
    begun, committed = _check_logs(spark, checkpoint, identity)
    written = [_last_batches(spark, table) for table in tables]
    writers = set().union(*written)
    if writers and identity is None:
        raise TornCheckpoint(f"{checkpoint} is gone, and {tables[0]} was written with it: {CURE}")
    if writers and identity not in writers:
        raise ForeignCheckpoint(f"{checkpoint} is stream {identity}, but {tables[0]} was written by another: {CURE}")
    newest = max((batches[identity] for batches in written if identity in batches), default=-1)
    if newest > max(begun, default=-1):
        # Delta drops batches whose numbers it has seen, so their records would be lost without a word.
        raise TornCheckpoint(f"{checkpoint} ends before batch {newest}, which {tables[0]} holds of it: {CURE}")
    if committed and not writers:
        raise ForeignCheckpoint(f"{checkpoint} has gone on to batch {committed[-1]}, but {tables[0]} is empty: {CURE}")


@contextmanager
def explained_failures(lake: Lake, stream: str) -> Iterator[None]:
    """Turn what Spark reports of a stream that can be cured into an error that says how.

    Raises:
        CheckpointError: the topics have lost records that the stream has not read.
        DiskFull: a file of the lake, or of the checkpoint, could not be written for want of space.
    """
    try:
        yield
    except Exception as error:
        said = _full_message(error)
        if any(sign in said for sign in _GAP):
            raise CheckpointError(
                f"{lake.checkpoint(stream)} points at records that the topics have no more, so the lake holds what "
                "they do not: `cineloop rebuild` refuses then, and says how much that is; with --accept-loss it begins "
                "again with what the topics hold"
            ) from error
        if _FULL in said:
            raise DiskFull(
                f"no space is left on the disk of {lake.path(stream)}, of {lake.checkpoint(stream)} or of Spark's "
                "temporary files, and the batch was not finished: make room, and give the same command again"
            ) from error
        raise


def _full_message(error: Exception) -> str:
    """What an error says of itself and of its causes in Java, which Spark leaves out by default."""
    spark, told = SparkSession.active(), "spark.sql.pyspark.jvmStacktrace.enabled"
    before = str(spark.conf.get(told))
    spark.conf.set(told, "true")
    try:
        return str(error)
    finally:
        spark.conf.set(told, before)


def _check_logs(spark: SparkSession, checkpoint: str, identity: str | None) -> tuple[list[int], list[int]]:
    """Check the newest entry of both logs as `_checked_batch_numbers` does; return the batches begun and committed."""
    counts = {log: _checked_batch_numbers(spark, f"{checkpoint}/{log}") for log in ("offsets", "commits")}
    if any(counts.values()) and identity is None:
        raise TornCheckpoint(f"{checkpoint} has batches and no metadata: {CURE}")
    if not set(counts["commits"][-1:]) <= set(counts["offsets"]):
        raise TornCheckpoint(f"{checkpoint} has committed batch {counts['commits'][-1]} without its offsets: {CURE}")
    return counts["offsets"], counts["commits"]


def _checked_batch_numbers(spark: SparkSession, log: str) -> list[int]:
    """The batches of a log; deletes a first draft that was cut short, raises TornCheckpoint for a torn entry."""
    names = storage.names(spark, log)
    numbers = sorted(int(name) for name in names if name.isdigit())
    # A first entry that was cut short, as by a full disk, leaves a draft: Spark begins in empty folders only.
    for draft in (name for name in names if name.startswith(".") and not numbers):
        storage.remove(spark, f"{log}/{draft}")
    for newest in numbers[-1:]:
        text = storage.read_text(spark, f"{log}/{newest}") or ""
        if not text.startswith("v") or not all(_is_json_or_dash(line) for line in text.splitlines()[1:]):
            raise TornCheckpoint(f"{log}/{newest} is torn, it begins with {text!r:.40}: {CURE}")
    if numbers and numbers != list(range(numbers[0], numbers[-1] + 1)):
        raise TornCheckpoint(f"{log} has gaps between its batches {numbers[0]} and {numbers[-1]}: {CURE}")
    return numbers


def _is_json_or_dash(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return line == "-"
    return True


def _last_batches(spark: SparkSession, table: str) -> dict[str, int]:
    """Each writer of a table and the number of its last batch, from the table's log."""
    return transactions(spark, table) if storage.names(spark, f"{table}/_delta_log") else {}
