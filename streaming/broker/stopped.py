"""What stands on the topics of an embedded broker that does not run, from its files: Kafka takes seconds to start."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from kafka.record import MemoryRecords


class StoredRecord(NamedTuple):
    """A record as `streaming.kafka.consumer.read_records` yields it; `timestamp` is in UTC milliseconds."""

    partition: int
    offset: int
    timestamp: int
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


def read_stopped(broker: Path, topic: str) -> Iterator[StoredRecord]:
    """Read a topic's records from a stopped broker's files, by partition and offset; records half-written are left out.

    A segment of Kafka's log is a sequence of record batches, as a consumer is sent them.

    Args:
        broker: the folder of a broker that does not run; none may stand there.
    """
    for folder in sorted((broker / "data").glob(f"{topic}-[0-9]*")):
        partition = int(folder.name.rpartition("-")[2])
        for segment in sorted(folder.glob("*.log")):
            batches = MemoryRecords(segment.read_bytes())
            while batches.has_next():
                batch = batches.next_batch()
                if batch is None or not batch.validate_crc():
                    break
                for record in batch:
                    yield StoredRecord(partition, record.offset, record.timestamp, record.value, record.headers)
