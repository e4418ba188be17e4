"""Clocks that are off, a client's, the broker's, this machine's: what is told too early waits, and all else goes on."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs.features.interaction_sequence import interaction_sequence
from jobs.features.main import FEATURES, Silver, read_silver
from jobs.lake import Lake
from jobs.now import newest_append, now
from pipelines.cycle import features, ingest
from pipelines.platform import processes
from pipelines.platform.context import Context
from pipelines.platform.state import State
from pipelines.recommending import cycle as recommend
from streaming.broker.node import EmbeddedBroker
from streaming.kafka.producer import EventProducer
from streaming.kafka.topics import TOPICS, topic_of
from streaming.schema.events import Event
from tests.faults.conftest import Prover
from tests.faults.matrix import Fault
from tests.faults.stream import ingest as read_topics
from tests.faults.stream import lake_in
from tests.jobs.bronze_rows import NOW_MS, FakePartition, film, play, settle

pytestmark = [pytest.mark.fault, pytest.mark.kafka, pytest.mark.spark, pytest.mark.timeout(600)]
_MINUTE = 60 * 1000
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_VIEWERS, _FILMS = 40, 30


def _clock() -> int:
    return int(time.time() * 1000)


def _plays(who: str, films: range, begin: int, step: int = 1) -> list[Event]:
    """Each viewer starts their first films, second, and so on: one event every `step` milliseconds."""
    told: list[Event] = []
    for place in range(_VIEWERS * len(films)):
        viewer, nth = place % _VIEWERS, films[place // _VIEWERS]
        name, at = f"{who}-{viewer}-{nth}", begin + place * step
        told.append(play(name, f"f{(viewer // 2 + nth) % _FILMS}", f"{who}-{viewer}", at))
    return told


def _send(bootstrap: str, source: str, events: Iterable[Event]) -> None:
    with EventProducer(bootstrap) as producer:
        for event in events:
            producer.send(event, source)


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Iterator[Context]:
    """A state with a broker, whose films are described."""
    context = Context(State.at(tmp_path_factory.mktemp("skew") / "state"))
    with processes.broker(context.state):
        _send(context.bootstrap, "studio", [film(f"f{n}") for n in range(_FILMS)])
        yield context


def _turn(context: Context) -> int:
    """A cycle as far as the recommender's candidate; returns its number."""
    number, _ = ingest.begin(context)
    ingest.to_bronze(context, number)
    ingest.to_silver(context, number)
    for table in ("interaction_sequence", "film"):
        features.write(context, number, table)
    recommend.train_members(context, number, ["popularity"], lambda *_: None)
    recommend.train(context, number, lambda *_: None)
    context.ledger.close(number)
    return number


def test_a_client_twenty_hours_ahead_waits_and_the_others_train(context: Context, prove: Prover) -> None:
    begun = _clock()
    _send(context.bootstrap, "app", _plays("app", range(8), begun - 7 * _DAY, 30 * _MINUTE))
    _send(context.bootstrap, "fast-app", _plays("fast", range(8), _clock() + 20 * _HOUR))  # as many as the honest ones
    first = context.ledger.read(_turn(context))
    assert first["recommender"]["trained"], first["recommender"]
    assert first["as_of"] <= _clock(), "nothing is later than the broker"
    _send(context.bootstrap, "app", _plays("app", range(8, 11), _clock()))
    _send(context.bootstrap, "fast-app", _plays("fast", range(8, 11), _clock() + 20 * _HOUR))
    second = context.ledger.read(_turn(context))
    assert second["recommender"]["trained"], second["recommender"]
    assert first["as_of"] < second["as_of"] <= _clock()
    silver = read_silver(context.spark, context.lake)
    ahead = silver["viewing"].where(F.col("occurred_at") > F.timestamp_millis(F.lit(second["as_of"]))).count()
    assert ahead == silver["viewing"].where("source = 'fast-app'").count() == _VIEWERS * 11
    known = context.lake.read(context.spark, "features/interaction_sequence").toPandas()
    honest = interaction_sequence(silver["viewing"].where("source = 'app'"), second["as_of"]).toPandas()
    assert _sorted(known).equals(_sorted(honest))
    prove(
        Fault.CLOCK_SKEW,
        "a client that is 20 hours ahead sends half of all events, to a real broker, before each of two cycles",
        f"{ahead} of its events in silver, later than now; both cycles train",
        f"features equal ({known['viewer_id'].nunique()} viewers); the skewed client's events wait",
    )


def _sorted(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values(["viewer_id", "film_id"], ignore_index=True).astype(str)


def _settled(spark: SparkSession, folder: Path, *chunks: list[tuple[str, Event]]) -> tuple[Lake, list[int]]:
    """A lake of chunks of sources and events, and what `now` was after each of them."""
    lake, wire, read, moments = lake_in(folder), FakePartition(), 0, []
    for number, chunk in enumerate(chunks):
        rows = [wire.deliver(event) for _, event in chunk]
        for row, (source, _) in zip(rows, chunk, strict=True):
            row["headers"] = [
                {**each, "value": source.encode()} if each["key"] == "ce_source" else each for each in row["headers"]
            ]
        settle(spark, lake, rows, number)
        ends = {"viewing.events": {0: read}}
        moments.append(now(read_silver(spark, lake), 2 * NOW_MS, ends, moments[-1] if moments else None))
        read = max(row["offset"] for row in rows) + 1
    return lake, moments


def _features(silver: Silver, as_of: int) -> dict[str, list[str]]:
    return {
        name: sorted(str(row.asDict(recursive=True)) for row in FEATURES[name](silver, as_of).collect())
        for name in ("interaction_sequence", "viewer", "film")
    }


def test_what_waited_is_taken_once_now_has_come_that_far(
    tmp_path: Path, spark: SparkSession, prove: Prover, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a world whose time is not the broker's: what is replayed, or simulated."""
    films = [("studio", film(f"f{n}", occurred_at=NOW_MS - _DAY)) for n in range(_FILMS)]
    days = [
        [("app", event) for event in _plays("app", range(3 * day, 3 * day + 3), NOW_MS + day * _DAY)]
        for day in range(3)
    ]
    fast = [("fast", event) for event in _plays("fast", range(1), NOW_MS + 20 * _HOUR)[:10]]
    slow = [("slow", event) for event in _plays("slow", range(1), NOW_MS - 400 * _DAY)[:10]]
    calm, undisturbed = _settled(spark, tmp_path / "calm", films + days[0], days[1], days[2])
    with monkeypatch.context() as machine:
        machine.setattr(time, "time", lambda: 86_400.0)  # a machine that wakes up in 1970
        skewed, moments = _settled(spark, tmp_path / "skewed", films + days[0] + fast + slow, days[1], days[2])
    assert moments == undisturbed, "neither a client ahead, nor one behind, nor this machine moves now"
    silver, wanted = read_silver(spark, skewed), read_silver(spark, calm)
    early = {**silver, "viewing": silver["viewing"].where("source != 'slow'")}
    waiting = (
        silver["viewing"]
        .where(F.col("occurred_at") > F.timestamp_millis(F.lit(moments[0])))
        .where("source = 'fast'")
        .count()
    )
    assert waiting == len(fast)
    assert _features(early, moments[0]) == _features(wanted, undisturbed[0])
    taken = interaction_sequence(silver["viewing"], moments[1]).where("viewer_id like 'fast-%'").count()
    assert taken == len(fast), "a day later it is the past"
    prove(
        Fault.CLOCK_SKEW,
        "a client 20 hours ahead and one 400 days behind beside a source of another time; the machine's clock in 1970",
        f"{waiting} events later than now in silver, {taken} of them in the features of the next day",
        "equal (now of three days, all features of the first); the skewed client's events wait a day",
    )


def test_the_brokers_clock_steps_and_nothing_is_lost(tmp_path: Path, spark: SparkSession, prove: Prover) -> None:
    lake, begun, off = lake_in(tmp_path), _clock(), -3 * _HOUR
    told = _plays("app", range(5), begun - 6 * _HOUR, 100 * 1000)  # up to some minutes ago
    with EmbeddedBroker(tmp_path / "broker") as running:
        _taken_at_their_word(running.bootstrap)
        _append(running.bootstrap, [film(f"f{n}", occurred_at=begun - _DAY) for n in range(_FILMS)], begun + off)
        _append(running.bootstrap, told, begun + off)
        read_topics(spark, lake, running.bootstrap)
        appended, silver = newest_append(spark, lake), read_silver(spark, lake)
        assert appended == begun + off, "the broker's clock is off"
        first = now(silver, appended, read={})
        waiting = silver["viewing"].where(F.col("occurred_at") > F.timestamp_millis(F.lit(first))).count()
        assert silver["viewing"].count() == len(told)
        assert waiting == len([event for event in told if event.occurred_at > begun + off]) > 0
        _append(running.bootstrap, _plays("app", range(5, 10), begun - 1000), _clock())  # the clock is set right
        read_topics(spark, lake, running.bootstrap)
        after = read_silver(spark, lake)
        second = now(after, newest_append(spark, lake), read={}, before=first)
    assert second == begun - 1000 + 5 * _VIEWERS - 1, "the newest event"
    assert _features(after, second)["viewer"] and after["viewing"].count() == 2 * len(told)
    prove(
        Fault.CLOCK_SKEW,
        "the broker's clock is three hours behind, and is then set right",
        f"the newest record stands at {off // _HOUR:+} h; {waiting} of {len(told)} events wait",
        "equal (now, and all events in silver) once the clock is right; while it is behind, what is newer waits",
    )


def _taken_at_their_word(bootstrap: str) -> None:
    """Our topics, but for this: a record's append time is what its sender says, as by a broker whose clock is off."""
    loose = {"message.timestamp.type": "CreateTime", "message.timestamp.after.max.ms": str(_DAY)}
    options = {
        topic.name: {
            "num_partitions": topic.partitions,
            "replication_factor": 1,
            "configs": {**topic.settings, **loose},
        }
        for topic in TOPICS
    }
    client = KafkaAdminClient(bootstrap_servers=bootstrap)
    client.create_topics(options)
    client.wait_for_topics(list(options))
    client.close()


def _append(bootstrap: str, events: Iterable[Event], at: int) -> None:
    producer = KafkaProducer(bootstrap_servers=bootstrap, metrics_enabled=False)
    for event in events:
        topic = topic_of(event.type)
        record = topic.codec.encode(event, "app")
        producer.send(topic.name, record.value, record.key, record.headers, timestamp_ms=at)
    producer.flush()
    producer.close()
