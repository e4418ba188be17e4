"""Off-policy values against a world whose truth is known, for policies unlike the one that made the slates."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from models.evaluation.off_policy.estimates import Estimate, difference, doubly_robust, ips, snips
from models.evaluation.off_policy.examination import Examination, examination
from models.evaluation.off_policy.log import Target
from pipelines.simulation.click_world import LOOKED, ClickWorld

REPLICATIONS = 200
ESTIMATORS: dict[str, Callable[[pd.DataFrame, Target, Examination], Estimate]] = {
    "ips": ips,
    "snips": snips,
    "doubly robust": doubly_robust,
}
GAIN = "gain"


@pytest.fixture(scope="module")
def world() -> ClickWorld:
    """Tastes of two dimensions."""
    draw = np.random.default_rng(1)
    tastes, films, drawn = draw.normal(size=(120, 2)), draw.normal(size=(2, 40)), draw.normal(size=40)
    return ClickWorld(1 / (1 + np.exp(2.5 - tastes @ films - drawn * 0.5)))


@pytest.fixture(scope="module")
def rankings(world: ClickWorld) -> dict[str, np.ndarray]:
    logging = world.ranking(noise=2.0, seed=5)
    near = logging.copy()
    near[:, [0, 9]] = near[:, [9, 0]]
    return {"logging": logging, "better": world.ranking(noise=0.7, seed=6), "near": near}


@pytest.fixture(scope="module")
def replications(world: ClickWorld, rankings: dict[str, np.ndarray]) -> dict[tuple[str, str], list[Estimate]]:
    """Of each, a week's slates, and those of a week before, when nothing was known and all were drawn."""
    targets = {name: world.target(ranking) for name, ranking in rankings.items()}
    found: dict[tuple[str, str], list[Estimate]] = {}
    for number in range(REPLICATIONS):
        logged = world.logged(rankings["logging"], seed=100 + number)
        looked = examination(pd.concat([drawn(world, seed=1000 + number), logged], ignore_index=True))
        for name in ("better", "near"):
            for estimator, estimate in ESTIMATORS.items():
                found.setdefault((estimator, name), []).append(estimate(logged, targets[name], looked))
            gain = difference(logged, targets[name], targets["logging"], looked)
            found.setdefault((GAIN, name), []).append(gain)
    return found


@pytest.mark.parametrize("policy", ["better", "near"])
@pytest.mark.parametrize("estimator", [*ESTIMATORS, GAIN])
def test_nine_in_ten_intervals_hold_the_truth(
    world: ClickWorld,
    rankings: dict[str, np.ndarray],
    replications: dict[tuple[str, str], list[Estimate]],
    estimator: str,
    policy: str,
) -> None:
    worth = world.value(rankings[policy])
    truth = worth - world.value(rankings["logging"]) if estimator == GAIN else worth
    made = replications[estimator, policy]
    held = np.mean([each.low <= truth <= each.high for each in made])
    assert 0.82 <= held <= 0.97
    assert np.mean([each.value for each in made]) == pytest.approx(truth, abs=0.1 * worth)


def drawn(world: ClickWorld, seed: int) -> pd.DataFrame:
    """Slates that chance alone made."""
    rng = np.random.default_rng(seed)
    return world.logged(np.array([rng.permutation(40)[:10] for _ in range(120)]), seed).assign(ranked=False)


def certain(places: np.ndarray) -> Examination:
    """How places are looked at, without error."""
    return Examination(places, places, places)


def test_an_interval_knows_that_how_places_are_looked_at_is_an_estimate(
    world: ClickWorld, rankings: dict[str, np.ndarray]
) -> None:
    logged = world.logged(rankings["logging"], seed=3)
    looked, near = examination(logged), world.target(rankings["near"])
    estimated, sure = (doubly_robust(logged, near, each) for each in (looked, certain(looked.places)))
    assert estimated.value == sure.value
    assert estimated.high - estimated.low > 1.1 * (sure.high - sure.low)


def test_self_normalising_and_a_model_narrow_the_interval(
    replications: dict[tuple[str, str], list[Estimate]],
) -> None:
    spread = {name: np.std([each.value for each in replications[name, "better"]]) for name in ESTIMATORS}
    assert spread["snips"] < spread["ips"]
    assert spread["doubly robust"] < spread["ips"]


def test_a_policy_that_is_much_better_is_seen_to_be(world: ClickWorld, rankings: dict[str, np.ndarray]) -> None:
    logged = pd.concat(
        [
            world.logged(rankings["logging"], seed).assign(
                slate_id=lambda rows, seed=seed: rows["slate_id"] + f"/{seed}"
            )
            for seed in range(40)
        ],
        ignore_index=True,
    )
    better, logging = (many(world.target(rankings[name]), 40) for name in ("better", "logging"))
    gain = world.value(rankings["better"]) - world.value(rankings["logging"])
    found = difference(logged, better, logging, examination(logged))
    assert 0 < found.low < gain < found.high
    back = difference(logged, logging, better, examination(logged))
    assert back.value == pytest.approx(-found.value)


def many(target: Target, times: int) -> Target:
    """The same policy for slates that were made so many times."""
    ranked = [target.ranked.assign(slate_id=target.ranked["slate_id"] + f"/{n}") for n in range(times)]
    pool = [target.pool.rename(lambda slate, n=n: f"{slate}/{n}") for n in range(times)]
    return Target(pd.concat(ranked, ignore_index=True), pd.concat(pool), target.epsilon)


def test_what_the_logging_policy_itself_earned_is_its_mean(world: ClickWorld, rankings: dict[str, np.ndarray]) -> None:
    logged = world.logged(rankings["logging"], seed=3)
    earned = logged.groupby("slate_id")["reward"].sum().mean()
    itself = world.target(rankings["logging"])
    found = ips(logged, itself, certain(np.ones(10)))
    assert found.value == pytest.approx(earned)
    assert found.effective == pytest.approx(len(rankings["logging"]))


def test_places_that_are_looked_at_less_are_found(world: ClickWorld) -> None:
    looked = examination(pd.concat([drawn(world, seed) for seed in range(8)], ignore_index=True))
    assert looked.places[0] == 1
    assert np.all(np.diff(looked.places) <= 0)
    assert looked.places == pytest.approx(LOOKED, abs=0.15)
    assert np.all(looked.steeper[1:] < looked.places[1:]) and np.all(looked.places[1:] < looked.flatter[1:])


def test_slates_that_nobody_took_anything_from_are_worth_nothing(
    world: ClickWorld, rankings: dict[str, np.ndarray]
) -> None:
    logged = world.logged(rankings["logging"], seed=3).assign(reward=0.0)
    found = snips(logged, world.target(rankings["better"]), examination(logged))
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_handful_of_clicks_does_not_invent_how_people_look(seed: int) -> None:
    """A hundred and twenty viewers of the audience click on five films that chance placed, or on none."""
    world = ClickWorld.of_audience(viewers=120, films=40, seed=seed)
    logging = world.ranking(noise=2.0, seed=5)
    lifted = logging[:, [9, *range(1, 9), 0]]
    logs = [world.logged(logging, seed=100 + number) for number in range(40)]
    looked = [examination(logged) for logged in logs]
    assert min(each.places[-1] for each in looked) > 0.1, "the last place is looked at, whatever five clicks say"
    values = [
        doubly_robust(logged, world.target(lifted), each).value for logged, each in zip(logs, looked, strict=True)
    ]
    assert np.mean(values) == pytest.approx(world.value(lifted), rel=0.15)
