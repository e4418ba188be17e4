"""A state in its third cycle whose viewers' tastes are known: what was shown to them, and what they, and bots, took."""

from pathlib import Path

import numpy as np
import pandas as pd
from deltalake import write_deltalake

from jobs import decisions
from models.base import columns
from models.recommenders import members
from models.recommenders.variety import Variety
from pipelines.lake.sequences import NOTHING, Sequences
from pipelines.platform.context import Context
from pipelines.platform.model_registry import Registry
from pipelines.platform.state import State
from pipelines.promotion.ab_test import FAMILY
from pipelines.simulation.click_world import ClickWorld
from tests.models.audiences import two_groups

VIEWERS, FILMS, MADE = 300, 60, {1: 1_000, 2: 2_000}  # the moment of each cycle's slates
APP = "app"


class Ranked:
    """A recommender that lists, for each viewer, what it was given; for a viewer beyond, what it gave to another."""

    def __init__(self, ranking: np.ndarray) -> None:
        self.ranking = ranking

    def recommend(self, viewers: list[str], history: pd.DataFrame, n: int, films: list[str]) -> pd.DataFrame:
        rows = [
            (viewer, f"f{film}", -float(rank), rank)
            for viewer in viewers
            for rank, film in enumerate(self.ranking[int(viewer[1:]) % len(self.ranking)][:n], 1)
        ]
        return pd.DataFrame(rows, columns=list(columns.RECOMMENDATIONS))


def films() -> pd.DataFrame:
    """Their ids."""
    return pd.DataFrame({"film_id": [f"f{number}" for number in range(FILMS)]})


VARIETY = Variety.of(films().assign(**{name: None for name in columns.FILMS if name != columns.FILM}), 0.0)


def nothing(moment: int) -> Sequences:
    """Nobody has taken anything up: whatever the slate, all films may be drawn."""
    return NOTHING


def in_third_cycle(root: Path, world: ClickWorld, serving: Ranked, bots: int = 0, client: str = APP) -> Context:
    """The first cycle's slates were drawn, the second one's ranked by what serves; bots took all that they were shown.

    Args:
        client: whose events the bots' are.
    """
    context = Context(State.at(root / "state"))
    draw = np.random.default_rng(1)
    drawn = np.array([draw.permutation(FILMS)[:10] for _ in range(VIEWERS)])
    first = world.logged(drawn, seed=2).assign(ranked=False, propensity=1 / FILMS)
    for cycle, logged in ((1, first), (2, world.logged(serving.ranking, seed=3))):
        context.ledger.note(context.ledger.open_or_resume(), features={"film": 0}, as_of=MADE[cycle])
        context.ledger.close(cycle)
        show(context.state.lake, cycle, logged)
        if bots:
            show(context.state.lake, cycle, taking_all(logged, bots), client)
    write_deltalake(context.state.lake / "features" / "film", films().assign(released=True))
    context.ledger.note(context.ledger.open_or_resume(), as_of=3_000)
    return context


def taking_all(logged: pd.DataFrame, bots: int) -> pd.DataFrame:
    """As many viewers more, who are shown what others are, and take all of it."""
    shown = logged[logged["viewer_id"].isin([f"v{number}" for number in range(bots)])].reset_index(drop=True)
    number = shown["viewer_id"].str[1:].astype(int) + VIEWERS
    return shown.assign(viewer_id="v" + number.astype(str), slate_id="s" + number.astype(str), reward=1.0)


def show(lake: Path, cycle: int, logged: pd.DataFrame, client: str = APP) -> None:
    """Put slates into the lake, and what became of them: all was looked through, some was played."""
    named = logged.assign(slate_id=logged["slate_id"] + f"/{cycle}", cycle=cycle, occurred_at=MADE[cycle])
    scored = named.assign(score=np.where(named["ranked"], 1.0, np.nan))
    write_deltalake(lake / decisions.RECOMMENDATIONS, scored.drop(columns=["ranked", "reward"]), mode="append")
    seen, played = named.assign(type="impression"), named[named["reward"] > 0].assign(type="play")
    told = pd.concat([seen, played])[["slate_id", "film_id", "viewer_id", "type"]].reset_index(drop=True)
    at = pd.Timestamp(MADE[cycle], unit="ms", tz="UTC")
    source = client + "#L" + told.index.astype(str)
    write_deltalake(lake / "silver" / "viewing", told.assign(source=source, occurred_at=at), mode="append")


def with_two_versions(root: Path) -> State:
    """A state in which version 1 of the recommender serves and version 2 waits."""
    state = State.at(root / "state")
    registry = Registry(state.mlflow)
    for cycle in (1, 2):
        registry.register(FAMILY, "popularity", cycle, members()["popularity"]().fit(two_groups()).save)
    registry.promote(FAMILY, 1)
    return state
