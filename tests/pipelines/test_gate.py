"""The gate lets pass what is shown to be no worse, and nothing else."""

import numpy as np
import pandas as pd

from pipelines import gate


def scores(mean: float, spread: float = 0.05, units: int = 400, seed: int = 0) -> pd.Series:
    drawn = np.random.default_rng(seed).normal(mean, spread, units)
    return pd.Series(drawn, index=[f"v{i}" for i in range(units)])


def verdict(candidate: pd.Series, other: pd.Series, better: str = "higher") -> gate.Decision:
    return gate.decide(gate.compare(candidate, other, "what serves", "NDCG@10", better))  # type: ignore[arg-type]


def test_a_better_candidate_passes_and_a_worse_one_does_not() -> None:
    assert verdict(scores(0.30), scores(0.20, seed=1)).promoted
    assert not verdict(scores(0.20), scores(0.30, seed=1)).promoted


def test_where_less_is_better_the_smaller_error_passes() -> None:
    assert verdict(scores(0.20), scores(0.30, seed=1), "lower").promoted
    assert not verdict(scores(0.30), scores(0.20, seed=1), "lower").promoted


def test_an_equal_candidate_passes_on_much_evidence_and_not_on_little() -> None:
    assert verdict(scores(0.2), scores(0.2, seed=1)).promoted
    assert not verdict(scores(0.2, 0.3, units=8), scores(0.2, 0.3, units=8, seed=1)).promoted


def test_the_reason_has_both_numbers_and_the_interval() -> None:
    candidate, other = scores(0.30), scores(0.20, seed=1)
    reason = verdict(candidate, other).reason
    assert reason.startswith("no worse than what serves") and "90 % interval" in reason
    assert f"{candidate.mean():.4g} against {other.mean():.4g}" in reason
