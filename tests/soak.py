"""What a long run costs cycle by cycle: seconds, memory of its processes, disk of its rooms, bytes that came."""

import json
import subprocess
import time
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import psutil

from pipelines.platform.ledger import Ledger, Record
from streaming.broker.node import shared_broker
from streaming.kafka.consumer import read_records

_LOOK_S = 1.0
_MIB = 2**20


@dataclass(frozen=True)
class Turn:
    """One cycle. Memory is the most that was resident at once; `came` are key, value and headers of its new events."""

    cycle: int
    seconds: float
    came: int
    worker_mib: float
    spark_mib: float
    broker_mib: float
    disk: dict[str, int]


def watch(run: subprocess.Popen[bytes], state: Path) -> list[Turn]:
    """The cycles of a run, once it has ended."""
    peaks: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    ledger = Ledger(state / "cycles")
    while run.poll() is None:
        numbers = ledger.numbers()
        for name, size in _memory(run.pid, state).items():
            peak = peaks[numbers[-1] if numbers else 0]
            peak[name] = max(peak[name], size)
        time.sleep(_LOOK_S)
    records = [record for record in ledger.records() if record["closed"]]
    came = _came(state, records)
    return [_turn(record, came[record["cycle"]], peaks[record["cycle"]]) for record in records]


def growth(values: list[float]) -> float:
    """By how much the fitted line rises from the first value to the last, as a share of their mean."""
    slope = np.polyfit(range(len(values)), values, 1)[0]
    return float(slope * (len(values) - 1) / np.mean(values))


def disk_by_data(turns: list[Turn]) -> float:
    """Bytes by which the fitted line of the state's disk rises a cycle, over the mean bytes that came a cycle."""
    slope = np.polyfit([turn.cycle for turn in turns], [sum(turn.disk.values()) for turn in turns], 1)[0]
    return float(slope / np.mean([turn.came for turn in turns]))


def write(turns: list[Turn], path: Path) -> None:
    """Keep the figures as JSON, a cycle an entry."""
    path.write_text(json.dumps([asdict(turn) for turn in turns], indent=1))


def _turn(record: Record, came: int, peak: dict[str, float]) -> Turn:
    sizes = (round(peak[name], 1) for name in ("worker", "spark", "broker"))
    return Turn(record["cycle"], record["run_seconds"], came, *sizes, disk=record["disk"])


def _memory(run: int, state: Path) -> dict[str, float]:
    """Resident mebibytes of the worker's Python, its Spark, and the broker."""
    found: dict[str, float] = defaultdict(float)
    for process in psutil.process_iter(["cmdline", "memory_info"]):
        line = " ".join(process.info["cmdline"] or [])
        name = _role(process, line, run, state)
        if name and process.info["memory_info"]:
            found[name] = max(found[name], process.info["memory_info"].rss / _MIB)
    return found


def _role(process: psutil.Process, line: str, run: int, state: Path) -> str | None:
    if "kafka.Kafka" in line:
        return "broker" if str(state) in line else None
    name = "worker" if "dagster_project.worker" in line else "spark" if "pyspark-shell" in line else None
    try:
        return name if name and run in [each.pid for each in process.parents()] else None
    except psutil.Error:
        return None


def _came(state: Path, records: list[Record]) -> dict[int, int]:
    """Cycle → bytes of the records that it was the first to read."""
    sizes: dict[int, int] = defaultdict(int)
    with shared_broker(state / "broker") as broker:
        for topic in records[-1]["read"]:
            ends = [
                (record["cycle"], {int(place): end for place, end in record["read"][topic].items()})
                for record in records
                if topic in record["read"]
            ]
            for record in read_records(broker.bootstrap, topic):
                reader = next((cycle for cycle, end in ends if record.offset < end.get(record.partition, 0)), None)
                if reader is not None:
                    sizes[reader] += _size(record)
    return sizes


def _size(record: object) -> int:
    key, value, headers = record.key, record.value, record.headers  # type: ignore[attr-defined]
    return len(key or b"") + len(value or b"") + sum(len(name) + len(told) for name, told in headers)
