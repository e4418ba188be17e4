"""An outlook learns from its errors as they become known, keeps its intervals' promise, and adds up in dollars."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.estimators.linear import Linear
from models.estimators.protocol import START
from models.estimators.stack import Stack
from models.outlook.bands import bands
from models.outlook.dollars import in_dollars
from models.outlook.level import level_shifts
from models.outlook.memory import shifts
from models.outlook.outlook import MEMORY, CalibratedStack
from tests.models.test_estimators import CASES, NEW, OUTCOME

_DAYS = np.arange(400)


def _kin(distributors: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"distributor": [(name,) for name in distributors]})


@pytest.fixture(scope="module")
def outlook() -> CalibratedStack:
    """Of cases of two distributors, of which one's films take a fifth more than their facts say."""
    kin = _kin(["North", "South"] * (len(CASES) // 2))
    cases, outcome = replace(CASES, kin=kin), OUTCOME + np.tile([0.0, 0.2], len(CASES) // 2)
    return CalibratedStack.of(Stack([Linear(shrinkage=1.0)]).fit(cases, outcome), cases, outcome)


def _asked() -> object:
    later = {"at": NEW.at + 400, "known": NEW.known + 400}
    return replace(NEW, kin=_kin(["North", "South"] * (len(NEW) // 2)), **later)


def test_errors_of_a_distributor_move_its_next_forecast_and_nobody_elses() -> None:
    kin = _kin(["North"] * 20 + ["South"] * 20 + ["North", "South"])
    at = np.arange(42)
    error = np.array([0.5] * 20 + [0.0] * 20 + [np.nan] * 2)
    north, south = shifts(kin, at, at, error)[-2:]
    assert 0.2 < north < 0.5
    assert north > 4 * south


def test_an_error_moves_nothing_before_it_is_known() -> None:
    kin, at = _kin(["North"] * 30), np.arange(30)
    error = np.full(30, 0.5)
    late = shifts(kin, at, at + 100, error)
    np.testing.assert_array_equal(late, np.zeros(30))
    soon = shifts(kin, at, at + 10, error)
    assert (soon[:10] == 0).all() and (soon[11:] > 0).all()


def _runs(error: np.ndarray, days: int = 4) -> np.ndarray:
    """The shift of each of many runs, one a day; each has one error on all of its days, and is over after them."""
    run = np.repeat(np.arange(len(error)), days)
    known = run + np.tile(np.arange(1, days + 1), len(error))
    made = np.tile(np.linspace(12.0, 10.0, days), len(error))
    shift = level_shifts(run, run, known, made, np.repeat(error, days))
    assert (shift.reshape(-1, days) == shift[::days, None]).all(), "a run moves as a whole"
    return shift[::days]


def test_runs_that_hold_better_move_the_next_once_they_are_over_and_a_few_freaks_do_not() -> None:
    better = _runs(np.full(100, 0.2))
    assert (better[:4] == 0).all(), "the first run is over on its fourth day"
    assert (np.diff(better[3:]) > 0).all() and 0.05 < better[-1] < 0.2
    freaks = np.where(np.arange(100) % 10 == 9, 3.0, 0.0)
    np.testing.assert_array_equal(_runs(freaks), np.zeros(100))


def test_a_run_with_a_hole_says_nothing() -> None:
    run, made = np.repeat(np.arange(3), 2), np.zeros(6)
    error = np.array([0.5, np.nan, 0.5, 0.5, 0.0, 0.0])
    shift = level_shifts(run, 10 * run, 10 * run + 1, made, error)
    alone = level_shifts(run[2:], 10 * run[2:], 10 * run[2:] + 1, made[2:], error[2:])
    assert shift[2] == 0 and shift[4] > 0
    np.testing.assert_array_equal(shift[2:], alone)


def test_without_errors_nothing_moves() -> None:
    assert (shifts(_kin(["North"] * 3), np.arange(3), np.arange(3), np.full(3, np.nan)) == 0).all()


def test_intervals_cover_what_they_promise_and_follow_a_wilder_market() -> None:
    rng = np.random.default_rng(0)
    wilder = np.where(_DAYS < 200, 1.0, 3.0)
    error = wilder * rng.standard_normal(400)
    zeros = np.zeros(400, dtype=np.int64)
    low, high = bands(_DAYS, _DAYS + 5, zeros, error, np.ones(400), window=80)
    inside = (error >= low) & (error <= high)
    assert 0.72 < inside[50:200].mean() < 0.9 and 0.7 < inside[300:].mean() < 0.9
    assert (high - low)[-1] > 2 * (high - low)[190]


def test_an_interval_is_as_wide_as_the_spread_says() -> None:
    error = np.random.default_rng(0).standard_normal(400)
    zeros = np.zeros(400, dtype=np.int64)
    spread = np.where(_DAYS % 2, 2.0, 1.0)
    low, high = bands(_DAYS, _DAYS, zeros, error * spread, spread)
    np.testing.assert_allclose(high[399] / high[398], 2.0, rtol=0.2)
    assert (low <= 0).all() and (high >= 0).all()


def test_parts_in_dollars_sum_to_the_forecast() -> None:
    parts = pd.DataFrame({START: [14.0, 14.0], "budget": [1.0, 0.5], "star": [-1.0, 0.5]})
    made = in_dollars(parts, floor=1.0)
    np.testing.assert_allclose(made.sum(axis=1), np.exp([14.0, 15.0]) - 1.0)
    assert made["budget"].iloc[1] == pytest.approx(made["star"].iloc[1])


def test_an_explanation_sums_to_the_forecast_and_names_the_memory(outlook: CalibratedStack) -> None:
    made, parts = outlook.forecast(_asked()), outlook.explain(_asked())
    np.testing.assert_allclose(parts.sum(axis=1), made["q50"], rtol=1e-9)
    assert parts[MEMORY].iloc[1::2].mean() > 0 > parts[MEMORY].iloc[::2].mean()


def test_outcomes_move_only_the_forecasts_after_them(outlook: CalibratedStack) -> None:
    asked = _asked()
    seen = np.where(np.arange(len(asked)) < 5, 99.0, np.nan)
    before, after = outlook.forecast(asked), outlook.forecast(asked, seen)
    known = int(asked.known[0])
    np.testing.assert_allclose(after[asked.at < known], before[asked.at < known], rtol=1e-12)
    assert (after["q50"] != before["q50"])[asked.at >= known].all()


def test_quantiles_are_ordered_dollars(outlook: CalibratedStack) -> None:
    made = outlook.forecast(_asked())
    assert (made["q10"] <= made["q50"]).all() and (made["q50"] <= made["q90"]).all() and (made["q10"] >= 0).all()


def test_a_saved_outlook_forecasts_the_same(outlook: CalibratedStack, tmp_path: Path) -> None:
    outlook.save(tmp_path / "outlook")
    pd.testing.assert_frame_equal(
        CalibratedStack.load(tmp_path / "outlook").forecast(_asked()), outlook.forecast(_asked())
    )
