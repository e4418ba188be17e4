"""The gate lets pass what is shown to be no worse, and nothing else."""

from typing import Any

import numpy as np
import pandas as pd

from pipelines.promotion import gate


def scores(mean: float, spread: float = 0.05, units: int = 400, seed: int = 0) -> pd.Series:
    drawn = np.random.default_rng(seed).normal(mean, spread, units)
    return pd.Series(drawn, index=[f"v{i}" for i in range(units)])


def verdict(candidate: pd.Series, other: pd.Series, better: str = "higher") -> gate.GateDecision:
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


def _off_policy(half: float) -> dict[str, Any]:
    """The difference of two that earn alike, known to so much of what they earn."""
    numbers = {"candidate": 2.0, "other": 2.0, "gain": 0.0, "low": -2 * half, "high": 2 * half}
    return {"against": "what serves", "measure": "clicks a slate", "units": 800, **numbers}


def test_shown_slates_decide_once_they_would_let_an_equal_candidate_pass() -> None:
    held_out = gate.compare(scores(0.3), scores(0.2, seed=1), "what serves", "NDCG@10", "higher")
    telling, vague = _off_policy(0.09), _off_policy(0.11)
    assert gate.weightier(held_out, telling) is telling and gate.decide(telling).promoted
    assert gate.weightier(held_out, vague) is held_out and not gate.decide(vague).promoted
    assert gate.weightier(held_out, None) is held_out
