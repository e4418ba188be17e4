"""What each forecaster promises beyond the contract, on a box office whose law is known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.forecasters.conformal import widening
from models.forecasters.quantile_trees import QuantileTrees
from models.forecasters.seasonal_naive import SeasonalNaive
from models.metrics import coverage80, wape
from tests.models.box_offices import START, WEEKLY_DECAY, decaying

ORIGIN = START + pd.Timedelta(days=271)


@pytest.fixture(scope="module")
def noisy() -> pd.DataFrame:
    """Three hundred days with 10 % of noise a day."""
    return decaying(days=300, noise=0.1)


@pytest.fixture(scope="module")
def trees(noisy: pd.DataFrame) -> QuantileTrees:
    """Trees that know what was known at the origin."""
    return QuantileTrees().fit(noisy[noisy["date"] <= ORIGIN])


@pytest.fixture(scope="module")
def met(noisy: pd.DataFrame, trees: QuantileTrees) -> pd.DataFrame:
    """What the trees forecast at the origin, with what came."""
    return trees.forecast(noisy, ORIGIN).merge(noisy, on=["film_id", "date"])


def test_seasonal_naive_repeats_the_last_week() -> None:
    panel = decaying()
    origin = panel["date"].max()
    made = SeasonalNaive().fit(panel).forecast(panel, origin)
    running = panel[(panel["date"] == origin) & (panel["day"] >= 7)]["film_id"].iloc[0]
    film = panel[panel["film_id"] == running].set_index("date")["gross"]
    own = made[made["film_id"] == running]
    weeks = -(-own["horizon"] // 7)
    expected = film.reindex(own["date"] - pd.to_timedelta(7 * weeks, unit="D")).to_numpy()
    np.testing.assert_allclose(own["q50"], expected)


def test_seasonal_naive_learns_that_films_fall() -> None:
    panel = decaying()
    made = SeasonalNaive().fit(panel).forecast(panel, panel["date"].max())
    last_week = made[made["horizon"] > 21]
    np.testing.assert_allclose(last_week["q10"] / last_week["q50"], WEEKLY_DECAY**4, rtol=0.01)
    np.testing.assert_allclose(last_week["q90"], last_week["q50"])


def test_trees_know_the_decay_and_the_weekday(met: pd.DataFrame, noisy: pd.DataFrame) -> None:
    naive = SeasonalNaive().fit(noisy).forecast(noisy, ORIGIN)
    assert wape(met["gross"], met["q50"]) < 0.15
    assert wape(met["gross"], met[["film_id", "date"]].merge(naive, on=["film_id", "date"])["q50"]) > 0.5


def test_the_calibrated_interval_holds_about_four_fifths(met: pd.DataFrame) -> None:
    assert 0.7 < coverage80(met["gross"], met["q10"], met["q90"]) < 0.9
    width = np.log(met["q90"] / met["q10"])
    assert 0.2 < width.median() < 0.5  # ±1.28 standard deviations of 10 % are 0.26


def test_trees_name_the_decay_among_the_reasons(noisy: pd.DataFrame, trees: QuantileTrees) -> None:
    film = noisy[noisy["date"] == ORIGIN]["film_id"].max()
    reasons = trees.explain(noisy, ORIGIN, film, top=100)
    assert "days ahead" in set(reasons["feature"].head(8))


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.floats(0.5, 0.95))
def test_widening_covers_what_was_asked(values: list[float], coverage: float) -> None:
    actual = np.array(values)
    low, high = np.zeros(len(actual)), np.ones(len(actual))
    by = widening(actual, low, high, coverage)
    inside = (actual >= low - by - 1e-6) & (actual <= high + by + 1e-6)
    assert inside.mean() >= min(coverage, 1.0)
