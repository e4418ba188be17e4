"""How many events a second flow: into Kafka, from there into bronze, and from there into silver."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from jobs import bronze
from jobs.lake import Lake
from jobs.session import spark_session
from jobs.silver import main as silver
from jobs.silver.conservation import count
from pipelines.bench.events import films, ratings, send
from pipelines.bench.figure import Figure
from streaming.broker.node import EmbeddedBroker
from streaming.kafka.admin import ensure_topics
from streaming.kafka.topics import VIEWING

_PROCESSES = 2


def measure(events: int, folder: Path) -> Iterator[Figure]:
    """All figures for so many events; the increments are a twentieth of them."""
    more = events // 20
    encoding = _rate(events, lambda: _encode(events))
    with EmbeddedBroker(folder / "broker") as broker:
        ensure_topics(broker.bootstrap)
        address = broker.bootstrap
        send(address, films())
        half = events // 2
        one = _rate(half, lambda: _send(address, 0, half))
        yield Figure("event → acknowledged, one process", one, "events/s", encoding, "making and encoding them alone")
        several = _rate(half, lambda: _send_beside(address, half, events))
        yield Figure(f"event → acknowledged, {_PROCESSES} processes", several, "events/s", one, "one process")
        yield from _lake(events, more, address, one, folder)


def _lake(events: int, more: int, bootstrap: str, sent: float, folder: Path) -> Iterator[Figure]:
    spark, lake = spark_session("bench"), Lake(str(folder / "lake"), str(folder / "checkpoints"))

    def to_bronze() -> None:
        bronze.start(spark, lake, bootstrap).awaitTermination()

    def to_silver() -> None:
        silver.start(spark, lake).awaitTermination()

    cold = _rate(events, to_bronze)
    yield Figure(f"topic → bronze, first {events:,}, cold", cold, "events/s", sent, "one producer")
    settled = _rate(events, to_silver)
    yield Figure(f"bronze → silver, first {events:,}, cold", settled, "events/s", cold, "topic → bronze")
    warm_lake = Lake(str(folder / "warm"), str(folder / "warm-checkpoints"))
    warm = _rate(events, lambda: bronze.start(spark, warm_lake, bootstrap).awaitTermination())
    yield Figure(f"topic → bronze, the same {events:,}, warm", warm, "events/s", cold, "cold")
    _send(bootstrap, events, events + more)
    added = 1 / _rate(1, to_bronze)
    yield Figure(f"topic → bronze, {more:,} more", added, "s", events / warm, "all of them, warm")
    again = 1 / _rate(1, to_silver)
    yield Figure(f"bronze → silver, {more:,} more", again, "s", events / settled, "the first load")
    count(spark, lake).verify()
    spark.stop()


def _rate(events: int, work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    return events / (time.monotonic() - started)


def _encode(events: int) -> None:
    for event in ratings(0, events):
        VIEWING.codec.encode(event, "bench#L1")


def _send(bootstrap: str, first: int, last: int) -> None:
    send(bootstrap, ratings(first, last))


def _send_beside(bootstrap: str, first: int, last: int) -> None:
    """The same from several processes at once, each with its part."""
    step = (last - first) // _PROCESSES
    with ProcessPoolExecutor(_PROCESSES, mp_context=get_context("spawn")) as pool:
        parts = [pool.submit(_send, bootstrap, at, at + step) for at in range(first, last, step)]
        for part in parts:
            part.result()
