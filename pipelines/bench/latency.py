"""How long an event takes until another reader finds it in silver, while events keep flowing."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from deltalake import DeltaTable
from pyarrow import parquet

from jobs import bronze
from jobs.lake import Lake
from jobs.session import spark_session
from jobs.silver import main as silver
from jobs.silver.tables import VIEWING as SILVER_VIEWING
from pipelines.bench.events import films, rating, ratings, send
from pipelines.bench.figure import Figure
from streaming.broker.node import EmbeddedBroker
from streaming.kafka.admin import ensure_topics
from streaming.kafka.producer import EventProducer

_EVERY = "0 seconds"  # a batch as soon as the last has ended
_SETTLE_S, _POLL_S = 30, 0.1


def measure(rate: int, seconds: int, folder: Path) -> Iterator[Figure]:
    """The delay's median and 95th percentile at `rate` events a second, after the streams have warmed up."""
    with EmbeddedBroker(folder / "broker") as broker:
        ensure_topics(broker.bootstrap)
        send(broker.bootstrap, [*films(), *ratings(0, 1000)])
        spark, lake = spark_session("bench"), Lake(str(folder / "lake"), str(folder / "checkpoints"))
        bronze.start(spark, lake, broker.bootstrap).awaitTermination()
        silver.start(spark, lake).awaitTermination()
        streams = [bronze.start(spark, lake, broker.bootstrap, _EVERY), silver.start(spark, lake, _EVERY)]
        total = rate * (_SETTLE_S + seconds)
        feeder = threading.Thread(target=_feed, args=(broker.bootstrap, rate, total), daemon=True)
        feeder.start()
        delays = _delays(lake.path(SILVER_VIEWING.path), total)
        feeder.join()
        for stream in streams:
            stream.stop()
        spark.stop()
    steady = np.array(delays[rate * _SETTLE_S :])
    median, late = np.percentile(steady, [50, 95])
    yield Figure(f"event → row in silver at {rate} events/s, median", float(median), "s", 1, "a second")
    yield Figure(f"event → row in silver at {rate} events/s, 95th percentile", float(late), "s", median, "the median")


def _feed(bootstrap: str, rate: int, total: int) -> None:
    began = time.time()
    with EventProducer(bootstrap) as producer:
        for number in range(total):
            time.sleep(max(0.0, began + number / rate - time.time()))
            producer.send(rating(10_000_000 + number, int(time.time() * 1000)), "bench#L1")


def _delays(path: str, wanted: int) -> list[float]:
    """Seconds from each event's moment to when its row was found, in the order of the moments."""
    known = set(DeltaTable(path).file_uris())
    found: list[tuple[float, float]] = []
    while len(found) < wanted:
        time.sleep(_POLL_S)
        files = set(DeltaTable(path).file_uris())
        now = time.time()
        for file in files - known:
            told = parquet.read_table(file, columns=["occurred_at"]).column(0)
            moments = told.cast(pa.timestamp("us", "UTC")).cast("int64").to_numpy() / 1e6
            found += [(moment, now - moment) for moment in moments]
        known |= files
    return [delay for _, delay in sorted(found)]
