"""What a candidate is worth, asked of the slates of a lake whose viewers' tastes are known."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from deltalake import write_deltalake
from pyspark.sql import SparkSession

from jobs import decisions
from models import columns
from models.recommenders.variety import Variety
from pipelines.click_world import ClickWorld
from pipelines.context import Context
from pipelines.stages import worth
from pipelines.state import State

pytestmark = [pytest.mark.spark, pytest.mark.timeout(600)]
_FILMS, _MADE = 60, {1: 1_000, 2: 2_000}  # the moment of each cycle's slates


class Ranked:
    """A recommender that lists, for each viewer, what it was given."""

    def __init__(self, ranking: np.ndarray) -> None:
        self.ranking = ranking

    def recommend(self, viewers: list[str], history: pd.DataFrame, n: int, films: list[str]) -> pd.DataFrame:
        rows = [
            (viewer, f"f{film}", -float(rank), rank)
            for viewer in viewers
            for rank, film in enumerate(self.ranking[int(viewer[1:])][:n], 1)
        ]
        return pd.DataFrame(rows, columns=list(columns.RECOMMENDATIONS))


@pytest.fixture(scope="module")
def world() -> ClickWorld:
    return ClickWorld.of_audience(viewers=300, films=_FILMS, seed=4)


@pytest.fixture(scope="module")
def serving(world: ClickWorld) -> Ranked:
    return Ranked(world.ranking(noise=2.0, seed=5))


@pytest.fixture(scope="module")
def context(
    tmp_path_factory: pytest.TempPathFactory, spark: SparkSession, world: ClickWorld, serving: Ranked
) -> Context:
    """A state in its third cycle: the first one's slates were drawn, the second one's ranked by what serves."""
    context = Context(State.at(tmp_path_factory.mktemp("worth") / "state"))
    draw = np.random.default_rng(1)
    drawn = np.array([draw.permutation(_FILMS)[:10] for _ in range(300)])
    first = world.logged(drawn, seed=2).assign(ranked=False, propensity=1 / _FILMS)
    for cycle, logged in ((1, first), (2, world.logged(serving.ranking, seed=3))):
        context.ledger.note(context.ledger.open(), features={"film": 0})
        context.ledger.close(cycle)
        _show(context.state.lake, cycle, logged)
    write_deltalake(context.state.lake / "features" / "film", _films().assign(released=True))
    context.ledger.open()
    return context


def _show(lake: Path, cycle: int, logged: pd.DataFrame) -> None:
    """Put slates into the lake, and what became of them: all was looked through, some was played."""
    named = logged.assign(slate_id=logged["slate_id"] + f"/{cycle}", cycle=cycle, occurred_at=_MADE[cycle])
    scored = named.assign(score=np.where(named["ranked"], 1.0, np.nan))
    write_deltalake(lake / decisions.RECOMMENDATIONS, scored.drop(columns=["ranked", "reward"]), mode="append")
    seen, played = named.assign(type="impression"), named[named["reward"] > 0].assign(type="play")
    answers = pd.concat([seen, played])[["slate_id", "film_id", "type"]].reset_index(drop=True)
    write_deltalake(lake / "silver" / "viewing", answers, mode="append")


def _films() -> pd.DataFrame:
    return pd.DataFrame({"film_id": [f"f{number}" for number in range(_FILMS)]})


def _nothing(moment: int) -> pd.DataFrame:
    """Nobody has taken anything up: whatever the slate, all films may be drawn."""
    return pd.DataFrame(columns=list(columns.INTERACTIONS))


VARIETY = Variety.of(_films().assign(**{name: None for name in columns.FILMS if name != columns.FILM}), 0.0)


def test_a_better_ranking_is_worth_more_on_the_last_cycles_slates(
    context: Context, world: ClickWorld, serving: Ranked
) -> None:
    better = Ranked(world.ranking(noise=1.5, seed=6))
    found = worth.compare(context, 3, _nothing, serving, VARIETY, better, fitted=_MADE[2])
    assert found is not None and found["units"] == 300
    gain = world.value(better.ranking) - world.value(serving.ranking)
    assert found["low"] < gain < found["high"]
    earned = world.logged(serving.ranking, seed=3)["reward"].sum() / 300
    assert found["other"] == pytest.approx(earned, rel=0.05), "what serves is valued as what it did earn"
    assert found["gain"] == pytest.approx(found["candidate"] - found["other"])
    itself = worth.compare(context, 3, _nothing, serving, VARIETY, serving, fitted=_MADE[2])
    assert itself is not None and itself["gain"] == itself["low"] == itself["high"] == 0.0


def test_nothing_is_asked_of_slates_whose_outcome_the_candidate_has_seen(context: Context, serving: Ranked) -> None:
    assert worth.compare(context, 3, _nothing, serving, VARIETY, serving, fitted=_MADE[2] + 1) is None


def test_nothing_is_asked_where_nothing_serves_or_nothing_was_shown(
    context: Context, serving: Ranked, tmp_path: Path
) -> None:
    assert worth.compare(context, 3, _nothing, None, VARIETY, serving, fitted=0) is None
    empty = Context(State.at(tmp_path / "state"))
    assert worth.compare(empty, 1, _nothing, serving, VARIETY, serving, fitted=0) is None
