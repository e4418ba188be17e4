"""What a candidate is worth, asked of the slates of a lake whose viewers' tastes are known."""

import shutil
from pathlib import Path

import pytest
from deltalake import write_deltalake
from pyspark.sql import SparkSession

from pipelines.cycle import retention
from pipelines.platform.context import Context
from pipelines.platform.state import State
from pipelines.recommending import off_policy
from pipelines.simulation.click_world import ClickWorld
from tests.pipelines.recommending.click_state import (
    FILMS,
    MADE,
    VARIETY,
    VIEWERS,
    Ranked,
    films,
    in_third_cycle,
    nothing,
)

pytestmark = [pytest.mark.spark, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def world() -> ClickWorld:
    return ClickWorld.of_audience(viewers=VIEWERS, films=FILMS, seed=4)


@pytest.fixture(scope="module")
def serving(world: ClickWorld) -> Ranked:
    return Ranked(world.ranking(noise=2.0, seed=5))


@pytest.fixture(scope="module")
def context(
    tmp_path_factory: pytest.TempPathFactory, spark: SparkSession, world: ClickWorld, serving: Ranked
) -> Context:
    return in_third_cycle(tmp_path_factory.mktemp("worth"), world, serving)


def test_a_better_ranking_is_worth_more_on_the_last_cycles_slates(
    context: Context, world: ClickWorld, serving: Ranked
) -> None:
    better = Ranked(world.ranking(noise=1.5, seed=6))
    found = off_policy.compare(context, 3, nothing, serving, VARIETY, better, fitted=MADE[2])
    assert found is not None and found["units"] == VIEWERS
    gain = world.value(better.ranking) - world.value(serving.ranking)
    assert found["low"] < gain < found["high"]
    earned = world.logged(serving.ranking, seed=3)["reward"].sum() / VIEWERS
    assert found["other"] == pytest.approx(earned, rel=0.05), "what serves is valued as what it did earn"
    assert found["gain"] == pytest.approx(found["candidate"] - found["other"])
    itself = off_policy.compare(context, 3, nothing, serving, VARIETY, serving, fitted=MADE[2])
    assert itself is not None and itself["gain"] == itself["low"] == itself["high"] == 0.0


def test_nothing_is_asked_of_slates_whose_outcome_the_candidate_has_seen(context: Context, serving: Ranked) -> None:
    assert off_policy.compare(context, 3, nothing, serving, VARIETY, serving, fitted=MADE[2] + 1) is None


def test_nothing_is_asked_of_slates_whose_films_are_kept_no_longer(
    context: Context, serving: Ranked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CINELOOP_KEPT_CYCLES", "2")
    quiet = Context(State(shutil.copytree(context.state.root, tmp_path / "state")))
    for number in (3, 4):  # nobody answers
        write_deltalake(quiet.state.lake / "features/film", films().assign(released=True), mode="overwrite")
        quiet.ledger.note(quiet.ledger.current(), features={"film": number - 2}, as_of=3_000)
        assert off_policy.compare(quiet, number, nothing, serving, VARIETY, serving, fitted=MADE[2]) is not None
        retention.tidy(quiet.state)
        quiet.ledger.close(number)
        quiet.ledger.open_or_resume()
    quiet.ledger.note(5, as_of=3_000)
    assert off_policy.compare(quiet, 5, nothing, serving, VARIETY, serving, fitted=MADE[2]) is None


def test_nothing_is_asked_where_nothing_serves_or_nothing_was_shown(
    context: Context, serving: Ranked, tmp_path: Path
) -> None:
    assert off_policy.compare(context, 3, nothing, None, VARIETY, serving, fitted=0) is None
    empty = Context(State.at(tmp_path / "state"))
    empty.ledger.note(empty.ledger.open_or_resume(), as_of=1)
    assert off_policy.compare(empty, 1, nothing, serving, VARIETY, serving, fitted=0) is None
