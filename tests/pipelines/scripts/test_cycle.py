"""A cycle's drafts: a pair a segment, by its brief and by chance, readers drawn evenly, and what their stars become."""

import json
from pathlib import Path

import pandas as pd
import pytest
from deltalake import DeltaTable, write_deltalake
from pyspark.sql import SparkSession

from jobs import decisions, feedback, local_frame
from models.screenplay.lines import meant, parsed
from models.training.journal import Journal
from pipelines.cycle.lineage import trace
from pipelines.platform import processes
from pipelines.platform.context import Context
from pipelines.platform.state import State
from pipelines.promotion import promote
from pipelines.scripts import cycle, observe
from pipelines.scripts.decide import READERS, turn
from pipelines.scripts.judging import cycle as judge
from pipelines.scripts.writing import cycle as writer
from pipelines.scripts.writing.train import open_writer
from streaming.kafka.consumer import read_topic
from streaming.kafka.topics import SCRIPTS
from streaming.schema.events import Script
from tests.pipelines.scripts.script_state import NOW, fans, publish, told_lake

pytestmark = [pytest.mark.kafka, pytest.mark.spark, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """A cycle in which three segments are published, and a writer and judges serve."""
    root = told_lake(tmp_path_factory.mktemp("scripts"))
    publish(root)
    return state_with_models(root)


def state_with_models(root: Path) -> Context:
    context = Context(State.at(root))
    number = context.ledger.open_or_resume()
    context.ledger.note(number, as_of=NOW, features={"segment_taste": 0})
    writer.train(context, number, Journal().tell)
    judge.train(context, number)
    for family in ("writer", "judge"):
        promote.decide(context, number, family)
    return context


@pytest.fixture(scope="module")
def sent(context: Context, spark: SparkSession) -> list[Script]:
    """The drafts of the cycle, which was killed once they were sent, and has been repeated; a viewer had come since."""
    with processes.broker(context.state):
        first = cycle.publish(context, 1)
        members = context.state.lake / "features" / "viewer_segment"
        each = DeltaTable(members).to_pandas().drop_duplicates(["segment_facet", "segment"], ignore_index=True)
        write_deltalake(members, each.assign(viewer_id="0-newcomer"), mode="append")
        again = cycle.publish(context, 1)
        told = [got.event for got in read_topic(context.bootstrap, SCRIPTS.name)]
    assert sorted(again, key=str) == sorted(first, key=str)
    assert sorted(told, key=str) == sorted([*first, *first], key=str)
    return first


@pytest.fixture(scope="module")
def read(context: Context, sent: list[Script]) -> pd.DataFrame:
    """All that are invited read: a briefed draft gets 4 stars, another 2; one reads twice, and a stranger once."""
    rows = [
        (f"{each.event_id} {one.viewer_id}", one.viewer_id, each.event_id, 4.0 if each.policy == "briefed" else 2.0)
        for each in sent
        for one in each.readers
    ]
    own, viewer, name, _ = rows[0]
    rows += [(f"{own} again", viewer, name, 0.5), (f"{name} stranger", "stranger", name, 0.5)]
    table = pd.DataFrame(rows, columns=["event_id", "viewer_id", "script_id", "rating"])
    when = pd.Timestamp(NOW + 1000, unit="ms", tz="UTC") + pd.to_timedelta(range(len(table)), unit="s")
    table = table.assign(type="read", film_id=pd.array([None] * len(table), dtype="string"), occurred_at=when)
    write_deltalake(context.state.lake / "silver" / "viewing", table)
    return observe.readings(context.state.lake, 2)


def test_each_segment_gets_a_pair_and_its_brief_asks_for_what_it_likes(context: Context, sent: list[Script]) -> None:
    pairs = {name: [each.policy for each in sent if each.segment == name] for name in fans()}
    assert set(map(tuple, pairs.values())) <= {("briefed", "unbriefed"), ("briefed",), ("unbriefed",)}
    briefed = {each.segment: each.genres for each in sent if each.policy == "briefed"}
    assert briefed["taste/Horror"] == ("Horror",) and briefed["taste/Romance"] == ("Romance",)
    assert all(meant(each.text) == parsed(each.text) != [] for each in sent)
    note = context.ledger.read(1)["scripts"]
    assert note["drafts"] + note["refused"] == 6 and note["version"] == "writer/1" and note["reason"] is None
    assert {each.judge_version for each in sent} == {"judge/1"} and all(each.predicted is not None for each in sent)


def test_readers_are_members_drawn_evenly_and_the_text_is_there_once(context: Context, sent: list[Script]) -> None:
    for each in sent:
        members = 300 if each.segment == "all" else 150
        assert len({one.viewer_id for one in each.readers}) == READERS
        assert {one.propensity for one in each.readers} == {READERS / members}
    lake = context.state.lake
    drafts, rows = (DeltaTable(lake / table).to_pandas() for table in (decisions.DRAFTS, decisions.SCRIPTS))
    assert dict(zip(drafts["script_id"], drafts["text"], strict=True)) == {each.event_id: each.text for each in sent}
    assert len(rows) == READERS * len(sent)
    horror = rows.loc[rows["script_id"].isin([each.event_id for each in sent if "Horror" in each.segment]), "viewer_id"]
    assert {int(name[-4:]) % 2 for name in horror} == {0}


def test_invited_readers_are_signals_each_and_others_are_none(
    context: Context, sent: list[Script], read: pd.DataFrame, spark: SparkSession
) -> None:
    rows = local_frame.of_pandas(spark, observe.signals(read), feedback.SCRIPT_RATINGS)
    found = feedback.script_signals(rows).toPandas()
    assert len(found) == READERS * len(sent) == found["event_id"].nunique()
    assert (found["film_id"] == found["decision_id"]).all() and set(found["kind"]) == {"script"}
    assert sorted(found["reward"].round(6).unique()) == [round(1.5 / 4.5, 6), round(3.5 / 4.5, 6)]
    assert found["propensity"].between(0, 1).all() and found["predicted"].notna().all()
    ratings = observe.ratings_by_cycle(read)[1]
    assert ratings["read"] == len(found) and (ratings["briefed_stars"], ratings["unbriefed_stars"]) == (4.0, 2.0)


def test_readings_are_learned_as_of_a_time_by_those_who_read(
    context: Context, sent: list[Script], read: object
) -> None:
    lake, names = context.state.lake, [*fans(), "taste/Western"]
    heard = observe.heard(lake, observe.readings(lake, 2), names)
    policy, segment = ({each.event_id: getattr(each, name) for each in sent} for name in ("policy", "segment"))
    for name, liking, weight in zip(heard.ids, heard.liking, heard.weight, strict=True):
        column = names.index(segment[name])
        assert weight[column] == 0.8 and weight.sum() == 0.8, "16 of 20"
        pair = [each for each in sent if each.segment == segment[name]]
        assert len(pair) == 1 or (liking[column] > 0) == (policy[name] == "briefed")
    assert len(observe.heard(lake, observe.readings(lake, 2, as_of=NOW), names).ids) == 0
    assert len(observe.readings(lake, 1)) == 0, "a cycle's own drafts are not read before it"


def test_a_script_is_traced_to_its_readings(context: Context, sent: list[Script], read: object) -> None:
    steps = {step.name: step for step in trace(context, sent[0].event_id)}
    assert steps["readings"].ids["count"] == READERS and steps["readings"].rows[0]["rating"] == 4.0
    assert steps["script"].ids["policy"] == "briefed" and len(steps["script"].rows) == READERS
    assert [step.ids["version"] for step in trace(context, sent[0].event_id) if step.name == "model"] == [
        "writer/1",
        "judge/1",
    ]
    made = [step for step in trace(context, "writer/1") if step.name == "decisions"]
    assert made[0].ids["count"] == len(sent)


def test_where_nobody_was_taught_by_hand_the_loops_writer_drafts(context: Context) -> None:
    assert open_writer(context.state).genres == ("Horror", "Romance", "Western")


def test_a_writer_serves_for_some_cycles(context: Context, sent: list[Script]) -> None:
    context.ledger.close(1)
    number = context.ledger.open_or_resume()
    context.ledger.note(number, as_of=NOW)
    assert "writer/1 is of cycle 1" in writer.train(context, number, Journal().tell)["reason"]
    assert not promote.decide(context, number, "writer")["trained"]
    assert context.registry.serving("writer").number == 1


def test_while_nothing_is_published_everybody_is_drafted_for_and_nobody_in_the_past(
    context: Context, sent: list[Script], tmp_path: Path
) -> None:
    root = told_lake(tmp_path / "state")
    (root / "mlflow").symlink_to(context.state.mlflow)  # whose writer and judges serve
    young = Context(State.at(root))
    number = young.ledger.open_or_resume()
    young.ledger.note(number, as_of=NOW, features={"segment_taste": 0})
    with processes.broker(young.state):
        made = cycle.publish(young, number)
        assert {each.segment for each in made} == {"all"} and len(made) + young.ledger.read(1)["scripts"][
            "refused"
        ] == 6
        (root / "source.json").write_text(json.dumps({"kind": "data", "seed": None}))
        DeltaTable(root / "lake" / decisions.DRAFTS).delete()
        assert cycle.publish(young, number) == []
    assert young.ledger.read(1)["scripts"]["reason"] == "the past is replayed, and nobody in it reads"
    replayed = Context(State.at(told_lake(tmp_path / "replayed")))
    (replayed.state.root / "source.json").write_text(json.dumps({"kind": "data", "seed": None}))
    number = replayed.ledger.open_or_resume()
    replayed.ledger.note(number, as_of=NOW)
    assert writer.train(replayed, number, Journal().tell)["reason"] == "the past is replayed, and nobody in it reads"
    assert DeltaTable(root / "lake" / decisions.DRAFTS).to_pandas().empty


def test_segments_take_turns() -> None:
    names = list("abcdefg")
    assert [turn(names, number) for number in (1, 2, 3)] == [list("abc"), list("def"), list("gab")]
    assert turn(["all"], 5) == ["all"] and turn([], 2) == []
