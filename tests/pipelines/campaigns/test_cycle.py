"""A cycle's campaigns: blind while nothing is learned, by uplift once that is worth more than chance."""

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd
import pytest
from deltalake import DeltaTable, write_deltalake
from pyspark.sql import SparkSession

from jobs import decisions
from models.uplift.model import Uplift
from pipelines.campaigns import cycle, decide
from pipelines.campaigns.observe import observed
from pipelines.platform import processes
from pipelines.platform.context import Context
from pipelines.platform.state import State
from pipelines.promotion import gate
from pipelines.simulation.study_targets import Life, drawn_blindly
from streaming.audience.world import World
from streaming.kafka.consumer import read_topic
from streaming.kafka.topics import CAMPAIGNS
from streaming.schema.events import Campaign, FilmDescribed
from tests.models.test_uplift import campaigns as campaigns_with_an_effect
from tests.pipelines.lake.sequences import write_sequences
from tests.pipelines.lake.silver_lake import write_silver

pytestmark = [pytest.mark.kafka, pytest.mark.spark, pytest.mark.timeout(900)]
_CYCLES = 14


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Iterator[Context]:
    """A state after many cycles with blind campaigns, of which nobody has learned; another cycle has begun.

    All earlier campaigns are one commit of their table, which nobody reads by commits; the broker runs.
    """
    context = Context(State.at(tmp_path_factory.mktemp("campaigns") / "state"))
    life, made = Life(World(6, viewers=400)), []
    life.begin()
    for past in range(1, _CYCLES + 1):
        context.ledger.note(context.ledger.open_or_resume(), as_of=life.now)
        context.ledger.close(past)
        made.append(drawn_blindly(life, past))
        life.live(decide.events(made[-1]))
    rows = pd.concat(made, ignore_index=True)
    decisions.write(spark, context.lake, decisions.CAMPAIGNS, _CYCLES, rows)
    lake = context.state.lake
    soon = (pd.Timestamp(life.now, unit="ms") + pd.Timedelta(days=10)).date()
    dear = {"event_id": "dear", "film_id": "dear", "title": "Dear", "opens": soon, "budget": float("inf")}
    write_silver(lake, [*life.films, FilmDescribed(occurred_at=life.now - 1, **dear)])
    write_sequences(lake, life.interactions(), life.now)
    write_deltalake(lake / "features" / "viewer", life.interactions()[["viewer_id"]].drop_duplicates(ignore_index=True))
    sent = rows[rows["shown"]]
    seen_at = pd.to_datetime(sent["occurred_at"] + 1, unit="ms", utc=True)
    shown = sent[["campaign_id", "viewer_id"]].assign(type="trailer", occurred_at=seen_at)
    taken = life.interactions()
    stars = taken["strength"].map({0.5: 1.0, 1.0: None, 2.0: 3.0, 3.0: 5.0})  # by which silver's events say as much
    at = pd.to_datetime(taken["occurred_at"], unit="ms", utc=True)
    told = taken[["viewer_id", "film_id"]].assign(type="rate", rating=stars.astype(float), occurred_at=at)
    write_deltalake(lake / "silver" / "viewing", pd.concat([told, shown], ignore_index=True))
    number = context.ledger.open_or_resume()
    context.ledger.note(number, as_of=life.now, features={"interaction_sequence": 0})
    with processes.broker(context.state):
        yield context


def next_cycle(context: Context) -> int:
    """Close the current cycle and begin another on the same day."""
    earlier = context.ledger.read(context.ledger.current())
    context.ledger.close(context.ledger.current())
    number = context.ledger.open_or_resume()
    context.ledger.note(number, as_of=earlier["as_of"], features=earlier["features"])
    return number


def register_a_model_that_is_worth_more_than_chance(context: Context, number: int) -> None:
    """Register a model of campaigns with a large known effect: the gate, not this test, lets it serve."""
    exposures, _ = campaigns_with_an_effect(20)
    model = Uplift().fit(replace(exposures, table=exposures.table.rename(columns={"likes": "taste"})))
    note = {
        "comparison": gate.compare(model.unseen, 0.0 * model.unseen, "a random order", "Qini a viewer", "higher"),
        "low": model.measured.low,
    }
    context.registry.register("uplift", model.name, number, model.save, note, qini=model.measured.uplift, newest="")


def without_trailers(context: Context) -> None:
    """Take out of silver what tells that any campaign was carried out."""
    DeltaTable(context.state.lake / "silver" / "viewing").delete()


def chosen(context: Context, number: int) -> pd.DataFrame:
    rows = DeltaTable(context.state.lake / decisions.CAMPAIGNS).to_pandas()
    return rows[rows["cycle"] == number].sort_values(["film_id", "viewer_id"], ignore_index=True)


def test_a_ranking_that_may_be_chance_chooses_nobody_and_repeating_the_cycle_changes_nothing(context: Context) -> None:
    number = context.ledger.current()
    sent = cycle.publish(context, number)
    first = chosen(context, number)
    newcomer = pd.DataFrame({"viewer_id": ["0-newcomer"]})  # an event of whom came after the cycle was killed
    write_deltalake(context.state.lake / "features" / "viewer", newcomer, mode="append")
    again = cycle.publish(context, number)
    told = [got.event for got in read_topic(context.bootstrap, CAMPAIGNS.name)]
    note = context.ledger.read(number)["campaigns"]
    assert note["version"] == "uplift/1" and note["over"] > 20
    version = context.registry.version("uplift", 1)
    assert version.tags["reason"].startswith("not shown to be no worse than a random order")
    assert context.registry.serving("uplift") is None, "what the gate does not let pass serves nobody"
    assert note["low"] < 0 and "not shown to be worth more than chance" in note["reason"]
    assert set(first["propensity"]) == {0.5} and first["model_version"].isna().all()
    ids = [event.event_id for event in sent]
    assert [event.event_id for event in again] == ids and sorted(e.event_id for e in told) == sorted(2 * ids)
    assert all(isinstance(event, Campaign) and event.policy == "uniform" for event in told)
    pd.testing.assert_frame_equal(first, chosen(context, number))
    aside = context.ledger.read(number)["set_aside"]["campaigns"]
    assert aside == {"count": 1, "first": [{"id": "dear", "reason": "budget is inf"}]} and "dear" not in set(
        first["film_id"]
    )


def test_a_ranking_that_is_worth_more_chooses_and_leaves_a_holdout(context: Context) -> None:
    earlier = context.ledger.current()
    DeltaTable(context.state.lake / decisions.CAMPAIGNS).delete(f"cycle = {earlier}")
    number = next_cycle(context)
    register_a_model_that_is_worth_more_than_chance(context, number)
    sent = cycle.publish(context, number)
    rows = chosen(context, number)
    note = context.ledger.read(number)["campaigns"]
    assert note["version"] == "uplift/2" and note["reason"] is None and note["low"] > 0
    assert set(rows["propensity"]) == {0.2, 0.8} and {event.model_version for event in sent} == {"uplift/2"}
    uplift = rows.groupby(["film_id", "propensity"])["uplift"]
    assert (uplift.min().xs(0.8, level=1) >= uplift.max().xs(0.2, level=1)).all()
    share = rows.groupby("film_id")["propensity"].apply(lambda each: (each == 0.8).mean())
    assert share.between(0.39, 0.41).all(), "the best two fifths of the viewers"
    before = DeltaTable(context.state.lake / decisions.CAMPAIGNS).to_pandas()
    assert set(rows["film_id"]).isdisjoint(before.loc[before["cycle"] < number, "film_id"])


def test_what_campaigns_added_is_told_of_those_that_are_over(context: Context) -> None:
    outcomes = observed(context, context.ledger.current())
    assert outcomes["cycle"].max() == _CYCLES - 2, "a campaign is over three weeks after it began"
    assert 0 < outcomes["actual"].mean() < 0.2


def test_what_nobody_carried_out_teaches_nothing(context: Context) -> None:
    number = next_cycle(context)
    without_trailers(context)
    cycle.publish(context, number)
    assert context.ledger.read(number)["campaigns"]["over"] == 0
    assert observed(context, number).empty
