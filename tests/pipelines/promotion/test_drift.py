"""What has moved is found, and what chance does is let pass."""

import numpy as np
import pandas as pd
import pytest

from models.outlook.openings import OutlookAccuracy
from pipelines.promotion import drift

RNG = np.random.default_rng(0)


def measured(films: int = 100, cover80: float = 0.8, rmsle: float = 0.7) -> OutlookAccuracy:
    return OutlookAccuracy(films=films, rmsle=rmsle, baseline_rmsle=1.2, mdape=0.4, cover80=cover80)


@pytest.mark.parametrize(
    ("films", "cover80", "passes"),
    [(100, 0.8, True), (100, 0.72, True), (100, 0.6, False), (100, 1.0, False), (25, 0.68, True), (10, 0.0, True)],
)
def test_coverage_is_judged_as_far_as_so_many_films_can_tell(films: int, cover80: float, passes: bool) -> None:
    assert drift.held(measured(films, cover80)).passed is passes


def test_an_error_like_the_baselines_is_found() -> None:
    assert drift.better(measured(rmsle=0.7)).passed and drift.better(None).passed
    found = drift.better(measured(rmsle=1.3))
    assert not found.passed and "RMSLE 1.300, the baseline's 1.200" in found.detail


def test_features_that_moved_are_named_and_chance_and_the_season_are_not() -> None:
    learned = pd.DataFrame(
        {"budget": RNG.normal(size=500), "number of stars": RNG.normal(size=500), "year": np.arange(500.0)}
    )
    same = pd.DataFrame({"budget": RNG.normal(size=40), "number of stars": RNG.normal(size=40), "year": 600.0})
    assert drift.alike(learned, same).passed
    found = drift.alike(learned, same.assign(budget=same["budget"] + 2.0))
    assert not found.passed and "budget" in found.detail and "stars" not in found.detail
    missing = drift.alike(learned, same.assign(**{"number of stars": np.nan}))
    assert not missing.passed and "stars" in missing.detail, "a fact that is no longer told has moved, too"
    assert drift.alike(learned, same[:5]).passed, "five films tell nothing"


def test_psi_is_none_where_nothing_moved_and_grows() -> None:
    values = np.arange(100.0)
    assert drift.psi(values, values) == 0
    assert 0 < drift.psi(values, values + 20) < drift.psi(values, values + 60)


def test_a_market_that_shuts_is_another_regime() -> None:
    days = pd.date_range("2015-01-01", "2020-05-01")
    wave = 1 + 0.3 * np.sin(2 * np.pi * days.dayofyear / 365.25) + 0.05 * RNG.standard_normal(len(days))
    daily = pd.DataFrame({"date": days, "gross": 3e7 * wave})
    assert drift.usual_market(daily).passed
    shut = daily.assign(gross=daily["gross"].where(daily["date"] < "2020-03-20", 1e4))
    found = drift.usual_market(shut)
    assert not found.passed and found.detail.startswith("-100% on the year before")
    assert drift.usual_market(daily[daily["date"] < "2016-06-01"]).passed, "too short a past accuses nobody"


def test_an_error_is_judged_by_the_weeks_of_a_back_test() -> None:
    past = pd.Series(np.linspace(0.2, 0.4, 101))
    assert drift.usual_error(0.39, past).passed and drift.usual_error(0.1, past).passed
    found = drift.usual_error(0.396, past)
    assert not found.passed and found.detail.startswith("WAPE 0.396, in 101 past weeks 0.300 in the median")
    for nothing in (None, past[:19], pd.Series([np.nan] * 40)):
        silent = drift.usual_error(0.9, nothing)
        assert silent.passed and "`cineloop backtest` makes them" in silent.detail, "without a past nobody is accused"
    assert drift.usual_error(None, past).passed
