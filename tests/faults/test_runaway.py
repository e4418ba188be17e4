"""Bots that take all that they are shown, and a loop that runs away with its own slates: what they change."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from deltalake import DeltaTable, write_deltalake
from pyspark.sql import SparkSession

from jobs import decisions
from models.base import columns
from models.recommenders.popularity import Popularity
from pipelines.platform.model_registry import Registry
from pipelines.platform.state import State
from pipelines.promotion import ab_test, gate
from pipelines.promotion.ab_test import FAMILY, ABTest
from pipelines.recommending import off_policy
from pipelines.recommending.guard_rails import Lists, Rails, keep
from pipelines.simulation.click_world import ClickWorld
from tests.faults.conftest import Prover
from tests.faults.matrix import Fault
from tests.pipelines.recommending.click_state import (
    APP,
    FILMS,
    MADE,
    VARIETY,
    VIEWERS,
    Ranked,
    in_third_cycle,
    nothing,
    with_two_versions,
)

pytestmark = [pytest.mark.fault, pytest.mark.spark, pytest.mark.timeout(1200)]
SHARES = (0.01, 0.1, 0.3)  # of all viewers
NOW = 1_700_000_000_000


def bots_of(share: float, honest: int = VIEWERS) -> int:
    """How many bots beside honest viewers are that share of all."""
    return round(honest * share / (1 - share))


def taken(lake: Path) -> tuple[int, int]:
    """How many plays silver holds, and of how many viewers."""
    viewing = DeltaTable(lake / "silver" / "viewing").to_pandas()
    plays = viewing[viewing["type"] == "play"]
    return len(plays), plays["viewer_id"].nunique()


def test_bots_leave_the_gates_verdicts_as_they_are(spark: SparkSession, tmp_path: Path, prove: Prover) -> None:
    world = ClickWorld.of_audience(viewers=VIEWERS, films=FILMS, seed=4)
    serving = Ranked(world.ranking(noise=2.0, seed=5))
    candidates = {name: Ranked(world.ranking(noise, seed=6)) for name, noise in (("better", 1.0), ("worse", 8.0))}

    def compared(name: str, share: float, client: str = APP) -> tuple[dict[str, dict[str, Any]], Path]:
        context = in_third_cycle(tmp_path / name, world, serving, bots_of(share), client)
        found = {
            name: off_policy.compare(context, 3, nothing, serving, VARIETY, candidate, fitted=MADE[2])
            for name, candidate in candidates.items()
        }
        return {name: each for name, each in found.items() if each}, context.state.lake

    undisturbed, lake = compared("undisturbed", 0.0)
    assert {name: gate.decide(each).promoted for name, each in undisturbed.items()} == {"better": True, "worse": False}
    plays, viewers = taken(lake)
    fired = []
    for client, share in (*((APP, share) for share in SHARES), ("rogue", SHARES[-1])):
        disturbed, lake = compared(f"{client}-{share}", share, client)
        for name, each in disturbed.items():
            assert gate.decide(each).promoted == gate.decide(undisturbed[name]).promoted, (share, name)
            noise = (undisturbed[name]["high"] - undisturbed[name]["low"]) / 2
            assert abs(each["gain"] - undisturbed[name]["gain"]) < noise, (share, name)
            assert each["other"] == pytest.approx(undisturbed[name]["other"]), "what serves is not worth more for them"
            assert each["units"] == VIEWERS, "the bots are set aside, and nobody else"
        more, they = (now - before for now, before in zip(taken(lake), (plays, viewers), strict=True))
        assert they == bots_of(share) and more == they * 20
        fired.append(f"{share:.0%}: {more:,} plays of {they} bots of {client} beside {plays:,} of {viewers} viewers")
    outcome = "equal (verdicts on a better and a worse candidate, viewers who count; gains within their noise)"
    prove(Fault.RUNAWAY, "bots that play all they are shown, at the gate", "; ".join(fired), outcome)


@pytest.fixture(scope="module")
def on_trial(tmp_path_factory: pytest.TempPathFactory) -> tuple[Registry, ABTest]:
    registry = Registry(with_two_versions(tmp_path_factory.mktemp("runaway")).mlflow)
    return registry, ab_test.begin(registry, 2, 0.5, 1, NOW)


@pytest.mark.parametrize("client", [APP, "rogue"])
@pytest.mark.parametrize(
    ("rates", "verdict"), [((0.2, 0.3), "the challenger is better"), ((0.25, 0.25), "not decided yet")]
)
def test_bots_leave_a_trials_verdict_as_it_is(
    on_trial: tuple[Registry, ABTest],
    tmp_path: Path,
    prove: Prover,
    client: str,
    rates: tuple[float, float],
    verdict: str,
) -> None:
    registry, trial = on_trial
    honest, said = [f"viewer-{n:04}" for n in range(1000)], {}
    for share in (0.0, *SHARES):
        # They stay where they are shown what serves: whoever writes them sees by which version a slate was made.
        control = (f"bot-{n}" for n in range(10**6) if not trial.draws(f"bot-{n}"))
        bots = [next(control) for _ in range(bots_of(share, len(honest)))]
        state = State.at(tmp_path / str(share))
        _show_arms(state, trial, honest, rates, APP)
        _show_arms(state, trial, bots, (1.0, 1.0), client)
        said[share] = ab_test.outcome(state, registry)[1]
        assert said[share].verdict == verdict, share
        assert said[share].difference == said[0.0].difference
        assert (said[share].set_aside, sum(said[share].viewers)) == (len(bots), len(honest))
    plays, viewers = taken(state.lake)
    fired = f"up to {len(bots)} bots, all shown what serves, beside {len(honest)} viewers; {plays:,} plays of {viewers}"
    prove(Fault.RUNAWAY, f"bots of {client} in one arm of a trial", fired, f"equal ({verdict}, interval and viewers)")


def test_the_rails_hold_where_all_that_is_shown_is_taken(prove: Prover) -> None:
    films, viewers = [f"f{n:03}" for n in range(300)], [f"v{n:03}" for n in range(200)]
    new, rails = frozenset(films[-30:]), Rails(coverage=0.05, new=0.2, gini=0.98)
    taken_up = _interactions(viewers, [films[n % 9] for n in range(len(viewers))], 0)
    off = []
    for cycle in range(1, 9):
        kept = keep(rails, _lists(taken_up, films, viewers), films, new, 10)
        assert not rails.broken(kept.shown), cycle
        off += rails.broken(kept.unpriced)[:1]
        shown = _interactions(kept.listed[columns.VIEWER], kept.listed[columns.FILM], cycle)
        taken_up = pd.concat([taken_up, shown], ignore_index=True).drop_duplicates([columns.VIEWER, columns.FILM])
    assert off, "without the rails the lists would have left them"
    fired = f"{len(taken_up):,} plays, all that was shown in 8 cycles; the lists of {len(off)} of them off the rails"
    prove(Fault.RUNAWAY, "a model of popularity whose every film is taken", fired, "the rails hold in every cycle")


def _interactions(viewers: Sequence[str], films: Sequence[str], at: int) -> pd.DataFrame:
    taken = {columns.VIEWER: list(viewers), columns.FILM: list(films)}
    return pd.DataFrame(taken).assign(**{columns.AT: at, columns.STRENGTH: 1.0})


def _lists(taken_up: pd.DataFrame, films: Sequence[str], viewers: list[str]) -> Lists:
    """What decayed popularity shows."""
    model = Popularity().fit(taken_up, pd.DataFrame({columns.FILM: films}))
    return lambda n, shown: model.recommend(viewers, taken_up, n, shown)


def _show_arms(state: State, trial: ABTest, viewers: Sequence[str], rates: tuple[float, float], client: str) -> None:
    """Two slates of ten films a viewer, all looked through; so often a film is taken, by arm."""
    if not viewers:
        return
    draw = np.random.default_rng(1)
    rows = pd.DataFrame(
        [(f"{viewer}-{slate}", viewer, f"f{film}") for viewer in viewers for slate in (1, 2) for film in range(10)],
        columns=["slate_id", "viewer_id", "film_id"],
    )
    drawn = rows["viewer_id"].map(trial.draws).astype(bool)
    version = np.where(drawn, trial.challenger.name, f"{FAMILY}/1")
    made = rows.assign(cycle=1, occurred_at=NOW, model_version=version)
    write_deltalake(state.lake / decisions.RECOMMENDATIONS, made, mode="append")
    played = rows[draw.random(len(rows)) < np.where(drawn, rates[1], rates[0])]
    answers = pd.concat([rows.assign(type="impression"), played.assign(type="play")], ignore_index=True)
    at = pd.Timestamp(NOW, unit="ms", tz="UTC")
    write_deltalake(state.lake / "silver" / "viewing", answers.assign(source=client, occurred_at=at), mode="append")
