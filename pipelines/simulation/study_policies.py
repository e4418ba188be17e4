"""Off-policy estimators in the simulator, where the true value of each policy is known.

As a cycle does, each replication values policies on the slates of one week, and learns from those of several how
places are looked at.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.evaluation.off_policy.estimates import Estimate, difference, doubly_robust, ips, snips
from models.evaluation.off_policy.examination import examination
from pipelines.simulation.click_world import ClickWorld

_NOISE = 2.0  # of the log attraction that the logging policy ranks by
LOGGING = "what made the slates"
_GAIN = "gain"  # on what made the slates, doubly robust


@dataclass(frozen=True)
class EstimatorRow:
    """One estimator on one policy; values are clicks a slate."""

    estimator: str
    policy: str
    truth: float
    mean: float  # of the estimates
    spread: float  # their standard deviation
    width: float  # of the 90 % intervals, the median
    held: float  # the share of the intervals that hold the truth


def evaluate_policies(
    replications: int, viewers: int, films: int, weeks: int, seed: int, began: Callable[[str], None]
) -> list[EstimatorRow]:
    """Simulate slates, and value each policy by each estimator; also the gain over what made the slates.

    Args:
        replications: how often slates are made anew.
        viewers: each with a slate a week.
        weeks: of slates, from which the examination of places is learned.
        began: called with the name of each step as it begins.
    """
    began("world")
    world = ClickWorld.of_audience(viewers, films, seed)
    policies = _policies(world, seed)
    draws = np.random.SeedSequence(seed).generate_state(replications * weeks)
    found: dict[tuple[str, str], list[Estimate]] = {}
    for number, seeds in enumerate(draws.reshape(replications, weeks), 1):
        if number % 10 == 1:
            began(f"replications from {number} of {replications}")
        logged = [world.logged(policies[LOGGING], int(draw)) for draw in seeds]
        for key, estimate in _estimates(world, policies, logged).items():
            found.setdefault(key, []).append(estimate)
    truths = {name: world.value(ranking) for name, ranking in policies.items()}
    return [_row(key, estimates, truths) for key, estimates in found.items()]


def _policies(world: ClickWorld, seed: int) -> dict[str, np.ndarray]:
    """The logging policy, and policies that swap its first and last place, see tastes clearer, or err elsewhere."""
    logging = world.ranking(_NOISE, seed)
    return {
        LOGGING: logging,
        "ends swapped": logging[:, [-1, *range(1, logging.shape[1] - 1), 0]],
        "clearer": world.ranking(_NOISE / 3, seed + 1),
        "other films": world.ranking(_NOISE, seed + 2),
    }


def _estimates(
    world: ClickWorld, policies: dict[str, np.ndarray], weeks: list[pd.DataFrame]
) -> dict[tuple[str, str], Estimate]:
    """The estimate of each estimator for each policy, and of its gain over the logging policy, on the last week."""
    last, looked = weeks[-1], examination(pd.concat(weeks, ignore_index=True))
    targets = {name: world.target(ranking) for name, ranking in policies.items()}
    served = targets.pop(LOGGING)
    plain = {"IPS": ips, "SNIPS": snips, "doubly robust": doubly_robust}
    values = {
        (name, policy): estimator(last, target, looked)
        for name, estimator in plain.items()
        for policy, target in targets.items()
    }
    gains = {(_GAIN, policy): difference(last, target, served, looked) for policy, target in targets.items()}
    return values | gains


def _row(key: tuple[str, str], estimates: list[Estimate], truths: dict[str, float]) -> EstimatorRow:
    """The mean, spread and coverage of an estimator's values over all replications, beside the true value."""
    estimator, policy = key
    truth = truths[policy] - (truths[LOGGING] if estimator == _GAIN else 0.0)
    values = [each.value for each in estimates]
    return EstimatorRow(
        estimator,
        policy,
        truth,
        float(np.mean(values)),
        float(np.std(values)),
        float(np.median([each.high - each.low for each in estimates])),
        float(np.mean([each.low <= truth <= each.high for each in estimates])),
    )
