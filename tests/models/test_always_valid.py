"""The always-valid interval: how often it errs when looked at after every cycle, and that it finds what is there."""

import numpy as np
import pytest
from scipy.stats import norm

from models.evaluation.always_valid import difference

_LOOKS, _VIEWERS, _REPLICATIONS = 12, 200, 400


def trial(gain: float, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Clicks a slate of viewers with tastes of their own, as known after each of twelve cycles, in two arms."""
    draw = np.random.default_rng(seed)
    eager = draw.gamma(4, 0.3, size=2 * _VIEWERS)
    arm = np.arange(2 * _VIEWERS) % 2
    clicks = draw.poisson(np.maximum(eager + gain * arm, 0)[:, None], size=(2 * _VIEWERS, _LOOKS))
    so_far = np.cumsum(clicks, axis=1) / np.arange(1, _LOOKS + 1)
    return [(so_far[arm == 0, look], so_far[arm == 1, look]) for look in range(_LOOKS)]


def usual(control: np.ndarray, challenger: np.ndarray) -> bool:
    """Whether an interval for a single look leaves zero out."""
    spread = np.sqrt(control.var(ddof=1) / len(control) + challenger.var(ddof=1) / len(challenger))
    return bool(abs(challenger.mean() - control.mean()) > norm.ppf(0.975) * spread)


def test_looking_after_every_cycle_errs_no_more_often_than_it_says() -> None:
    wrong, naive = 0, 0
    for seed in range(_REPLICATIONS):
        looks = trial(0.0, seed)
        found = [difference(*look) for look in looks]
        wrong += any(each.low > 0 or each.high < 0 for each in found)
        naive += any(usual(*look) for look in looks)
    assert wrong / _REPLICATIONS <= 0.05
    assert naive / _REPLICATIONS > 0.07, "which is what an interval for one look would have done"


def test_what_is_there_is_found() -> None:
    found = 0
    for seed in range(100):
        found += any(difference(*look).low > 0 for look in trial(0.4, seed))
    assert found >= 80


def test_the_interval_narrows_as_viewers_come() -> None:
    draw = np.random.default_rng(1)
    widths = []
    for viewers in (20, 200, 2000):
        made = difference(draw.poisson(1.0, viewers).astype(float), draw.poisson(1.5, viewers).astype(float))
        widths.append(made.high - made.low)
        assert made.low < 0.5 < made.high
    assert widths == sorted(widths, reverse=True)


def test_one_viewer_says_nothing() -> None:
    made = difference(np.array([1.0]), np.array([3.0, 4.0]))
    assert (made.low, made.high) == (-np.inf, np.inf)
    assert made.challenger == pytest.approx(3.5)
