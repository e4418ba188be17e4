"""The cure where the topics do not hold what the lake does, and the cure killed: a whole lake stands at any moment."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.lake import Lake
from pipelines.cycle import ingest
from pipelines.platform.context import Context
from pipelines.platform.state import State
from streaming.broker.node import EmbeddedBroker
from tests.commands import CINELOOP, refused, said
from tests.faults import stream
from tests.faults.killing import killed_once
from tests.jobs.bronze_rows import play

pytestmark = [pytest.mark.fault, pytest.mark.kafka, pytest.mark.spark, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBroker]:
    """A broker whose topics hold nothing but what a test sends."""
    with stream.broker(tmp_path_factory.mktemp("empty") / "broker") as running:
        yield running


def test_beside_a_broker_folder_that_was_lost_it_is_refused_and_changes_nothing(
    spark: SparkSession, undisturbed: Lake, copy: Lake, tmp_path: Path
) -> None:
    before = _files(tmp_path)
    told = refused("rebuild", "--state", str(tmp_path))  # starts a broker of its own, whose topics are empty
    events = len(stream.events())
    assert f"holds {events} rows" in told and "hold 0 records" in told and f"would lose {events} events" in told
    assert "5 of film.catalogue" in told and "22 of boxoffice.events" in told and "--accept-loss" in told
    assert told.count("\n") == 1, "one sentence"
    shutil.rmtree(tmp_path / "broker")
    assert _files(tmp_path) - {tmp_path / "cycle.lock"} == before
    stream.equal(spark, copy, undisturbed)


def test_topics_that_hold_a_part_are_refused_until_the_loss_is_accepted(
    spark: SparkSession, undisturbed: Lake, copy: Lake, empty: EmbeddedBroker, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("CINELOOP_BOOTSTRAP", empty.bootstrap)
    context = Context(State.at(tmp_path))
    number = context.ledger.open_or_resume()
    context.ledger.note(number, read={"viewing.events": {str(partition): 10**6 for partition in range(100)}})
    context.ledger.close(number)
    kept = [event for event in stream.events() if event.type != "boxoffice.day"]
    stream.send(empty.bootstrap, kept)
    told = refused("rebuild", "--state", str(tmp_path))
    assert f"hold {len(kept)} records" in told and "would lose 22 events (22 of boxoffice.events)" in told
    stream.equal(spark, copy, undisturbed)
    told = said("rebuild", "--accept-loss", "--state", str(tmp_path))
    assert f"{len(kept)} bronze = " in told and "lost: 22 of boxoffice.events" in told
    held, whole = stream.contents(spark, copy), stream.contents(spark, undisturbed)
    assert held == {**whole, "silver/boxoffice": []}
    assert ingest.unread(context) == len(kept), "offsets of the lost topics say nothing of these"
    stream.send(empty.bootstrap, [play("later", "f1")])
    stream.ingest(spark, copy, empty.bootstrap)
    assert copy.read(spark, "silver/viewing").where("event_id = 'later'").count() == 1


def test_events_that_stand_in_silver_alone_count_as_well(
    copy: Lake, empty: EmbeddedBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CINELOOP_BOOTSTRAP", empty.bootstrap)
    shutil.rmtree(copy.path("bronze"))
    told = refused("rebuild", "--state", str(tmp_path))
    assert f"holds {len(stream.events())} rows" in told and "22 of boxoffice.events" in told


@pytest.mark.soak
def test_where_nothing_stands_yet_it_makes_the_lake(
    spark: SparkSession, source: EmbeddedBroker, undisturbed: Lake, lake: Lake, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("CINELOOP_BOOTSTRAP", source.bootstrap)
    said("rebuild", "--state", str(tmp_path))
    stream.equal(spark, lake, undisturbed)


@pytest.mark.soak
def test_killed_while_it_makes_the_new_lake_the_old_one_stands(
    spark: SparkSession, source: EmbeddedBroker, undisturbed: Lake, copy: Lake, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("CINELOOP_BOOTSTRAP", source.bootstrap)
    before = _files(tmp_path)
    written = tmp_path / "lake" / "rebuilt" / "silver" / "films" / "_delta_log" / "00000000000000000000.json"
    killed_once(written, [*CINELOOP, "rebuild", "--state", str(tmp_path)])
    assert _files(tmp_path) >= before, "all of the old is there"
    stream.equal(spark, copy, undisturbed)
    stream.ingest(spark, copy, source.bootstrap)
    said("rebuild", "--state", str(tmp_path))
    assert not list(tmp_path.glob("*/rebuilt")), "nor is what was half made"
    stream.equal(spark, copy, undisturbed)


def _files(state: Path) -> set[Path]:
    return {path for path in state.rglob("*") if path.is_file()}
