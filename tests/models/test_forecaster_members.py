"""What each forecaster promises beyond the contract, on a box office whose law is known."""

from copy import copy

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.base.days import day_number
from models.evaluation.metrics import coverage80, wape
from models.forecasters.examples import Examples
from models.forecasters.quantile_trees import QuantileTrees
from models.forecasters.quantiles import widening
from models.forecasters.runs import DailyRuns
from models.forecasters.seasonal_naive import SeasonalNaive
from tests.models.box_offices import START, WEEKLY_DECAY, decaying

ORIGIN = START + pd.Timedelta(days=271)


@pytest.fixture(scope="module")
def noisy() -> pd.DataFrame:
    """Three hundred days with 5 % of noise a day, and 25 % since the two hundred and tenth."""
    panel = decaying(days=300, noise=0.05)
    louder = np.exp(0.245 * np.random.default_rng(1).standard_normal(len(panel)))
    late = panel["date"] >= START + pd.Timedelta(days=210)
    return panel.assign(gross=panel["gross"].where(~late, panel["gross"] * louder))


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
    assert wape(met["gross"], met["q50"]) < 0.3
    assert wape(met["gross"], met[["film_id", "date"]].merge(naive, on=["film_id", "date"])["q50"]) > 0.5


def test_the_interval_of_seasonal_naive_is_that_of_its_errors() -> None:
    panel = decaying(days=300, noise=0.1)
    known = panel[panel["date"] <= ORIGIN]
    came = SeasonalNaive().fit(known).forecast(known, ORIGIN).merge(panel, on=["film_id", "date"])
    assert 0.65 < coverage80(came["gross"], came["q10"], came["q90"]) < 0.95


def test_the_interval_is_calibrated_on_the_latest_errors(met: pd.DataFrame, trees: QuantileTrees) -> None:
    assert 0.7 < coverage80(met["gross"], met["q10"], met["q90"]) < 0.9
    assert (trees.widening > 0.03).all()  # for trees that learned before the noise grew
    width = np.log(met["q90"] / met["q10"])
    assert 0.4 < width.median() < 1.0  # ±1.28 standard deviations of 25 % are 0.64


def test_the_widening_moves_both_ends_and_not_the_median(noisy: pd.DataFrame, trees: QuantileTrees) -> None:
    wider = copy(trees)
    wider.widening = trees.widening + 1.0
    before, after = (np.log1p(model.forecast(noisy, ORIGIN)[["q10", "q50", "q90"]]) for model in (trees, wider))
    np.testing.assert_allclose(after - before, np.tile([-1.0, 0.0, 1.0], (len(before), 1)), atol=1e-9)


def test_trees_are_calibrated_on_days_that_they_have_not_seen(noisy: pd.DataFrame) -> None:
    examples = Examples.of(DailyRuns.of(noisy), [], horizon=28)
    cut = int(day_number(ORIGIN)) - 60
    learned, held_out = examples.ended_by(cut), examples.begun_after(cut)
    assert (learned.origins.date[learned.row] + learned.ahead).max() == cut
    assert held_out.origins.date[held_out.row].min() == cut + 1
    assert len(learned.row) + len(held_out.row) < len(examples.row)


def test_trees_name_the_decay_among_the_reasons(noisy: pd.DataFrame, trees: QuantileTrees) -> None:
    film = noisy[noisy["date"] == ORIGIN]["film_id"].max()
    reasons = trees.explain(noisy, ORIGIN, film)
    assert "days ahead" in set(reasons["feature"].head(8))


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.floats(0.5, 0.95))
def test_widening_covers_what_was_asked(values: list[float], coverage: float) -> None:
    actual = np.array(values)
    low, high = np.zeros(len(actual)), np.ones(len(actual))
    by = widening(actual, low, high, coverage)
    inside = (actual >= low - by - 1e-6) & (actual <= high + by + 1e-6)
    assert inside.mean() >= min(coverage, 1.0)
