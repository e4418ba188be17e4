"""`make bench`: how fast events flow, each figure beside a yardstick of the same run, into BENCHMARKS.md.

Absolute seconds on a shared machine say little: the ratio to what the bare client or a bare loop does there says more.
"""

import argparse
import platform
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from jobs import bronze
from jobs.lake import Lake
from jobs.session import spark_session
from jobs.silver import main as silver
from jobs.silver.conservation import count
from streaming.admin import ensure_topics
from streaming.broker import EmbeddedBroker
from streaming.events import Event, FilmDescribed, Rate, derive_id
from streaming.producer import EventProducer
from streaming.topics import VIEWING

_FILMS = 1000
_START_MS = 1_600_000_000_000


@dataclass(frozen=True)
class Figure:
    """What was measured: events a second, the yardstick's events a second, and what the yardstick is."""

    what: str
    rate: float
    yardstick: float
    beside: str

    def row(self) -> str:
        """As a line of the table."""
        return f"| {self.what} | {self.rate:,.0f}/s | {self.rate / self.yardstick:.3f} × | {self.beside} |"


def ratings(first: int, last: int) -> list[Event]:
    """Ratings numbered so, by as many viewers as a hundredth of them."""
    return [
        Rate(
            event_id=derive_id("bench", n),
            occurred_at=_START_MS + n * 1000,
            viewer_id=derive_id("viewer", n // 100),
            film_id=f"f{n % _FILMS}",
            rating=1 + n % 5,
        )
        for n in range(first, last)
    ]


def _films() -> list[Event]:
    return [
        FilmDescribed(event_id=f"film-{n}", occurred_at=_START_MS, film_id=f"f{n}", title=f"Film {n}")
        for n in range(_FILMS)
    ]


def _rate(events: int, work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    return events / (time.monotonic() - started)


def _send(bootstrap: str, events: list[Event]) -> None:
    with EventProducer(bootstrap) as producer:
        for event in events:
            producer.send(event, "bench#L1")


def _encode(events: list[Event]) -> None:
    for event in events:
        VIEWING.codec.encode(event, "bench#L1")


def measure(events: int, folder: Path) -> list[Figure]:
    """All figures, for so many events; the increment is a twentieth of them."""
    more = events // 20
    first, later = ratings(0, events), ratings(events, events + more)
    encoding = _rate(events, lambda: _encode(first))
    with EmbeddedBroker(folder / "broker") as broker:
        ensure_topics(broker.bootstrap)
        _send(broker.bootstrap, _films())
        sent = _rate(events, lambda: _send(broker.bootstrap, first))
        spark, lake = spark_session("bench"), Lake(str(folder / "lake"), str(folder / "checkpoints"))
        to_bronze = _rate(events, lambda: bronze.start(spark, lake, broker.bootstrap).awaitTermination())
        to_silver = _rate(events, lambda: silver.start(spark, lake).awaitTermination())
        _send(broker.bootstrap, later)
        more_bronze = _rate(more, lambda: bronze.start(spark, lake, broker.bootstrap).awaitTermination())
        more_silver = _rate(more, lambda: silver.start(spark, lake).awaitTermination())
        count(spark, lake).verify()
        spark.stop()
    return [
        Figure("event → acknowledged, one process, encoding included", sent, encoding, "encoding alone"),
        Figure(f"topic → bronze, first {events:,}", to_bronze, sent, "the producer"),
        Figure(f"bronze → silver, first {events:,}", to_silver, to_bronze, "topic → bronze"),
        Figure(f"topic → bronze, {more:,} more", more_bronze, to_bronze, "the first load"),
        Figure(f"bronze → silver, {more:,} more", more_silver, to_silver, "the first load"),
    ]


def main() -> None:
    """Measure and write BENCHMARKS.md."""
    parser = argparse.ArgumentParser(description="Measure how fast events flow and write BENCHMARKS.md.")
    parser.add_argument("--events", type=int, default=1_000_000, help="how many events")
    parser.add_argument("--out", type=Path, default=Path("BENCHMARKS.md"), help="where to write the table")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(options.events, Path(folder))
    table = "\n".join(figure.row() for figure in figures)
    machine = f"{psutil.cpu_count()} shared cores ({platform.machine()}), Python {platform.python_version()}"
    text = f"""# Benchmarks

Made by `make bench ARGS="--events {options.events}"` on {machine}.
Rates on a shared machine drift; the ratio is to a yardstick of the same run.

| what | rate | ratio | to |
|---|---|---|---|
{table}
"""
    options.out.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
