"""The contract of all forecasters, whichever there are."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from models.base.errors import BadArtifact, EmptyTraining
from models.forecasters import load_forecaster, members
from models.forecasters.protocol import Forecaster
from tests.models.box_offices import START, decaying

MEMBERS = members()
ORIGIN = START + pd.Timedelta(days=111)
PANEL = decaying()
KNOWN = PANEL[PANEL["date"] <= ORIGIN]


@pytest.fixture(scope="module", params=MEMBERS)
def model(request: pytest.FixtureRequest) -> Forecaster:
    """Each member, fitted to what is known of a box office at the origin."""
    return MEMBERS[request.param]().fit(KNOWN)


def test_the_family_has_its_baseline_and_its_models() -> None:
    assert {"seasonal_naive", "quantile_trees"} <= set(MEMBERS)
    assert all(name == member.name for name, member in MEMBERS.items())


def test_a_saved_model_forecasts_the_same(model: Forecaster, tmp_path: Path) -> None:
    model.save(tmp_path / "model")
    loaded = load_forecaster(tmp_path / "model")
    assert type(loaded) is type(model)
    assert_frame_equal(loaded.forecast(KNOWN, ORIGIN), model.forecast(KNOWN, ORIGIN), check_exact=True)
    film = KNOWN["film_id"].max()
    assert_frame_equal(loaded.explain(KNOWN, ORIGIN, film), model.explain(KNOWN, ORIGIN, film), check_exact=True)


def test_nothing_written_is_a_pickle(model: Forecaster, tmp_path: Path) -> None:
    model.save(tmp_path / "model")
    written = [path for path in (tmp_path / "model").rglob("*") if path.is_file()]
    assert {path.suffix for path in written} <= {".json", ".parquet", ".safetensors", ".ubj"}
    assert not any(path.read_bytes()[:1] == b"\x80" for path in written)


def test_a_torn_artifact_is_refused(model: Forecaster, tmp_path: Path) -> None:
    model.save(tmp_path / "model")
    victim = tmp_path / "model" / "learned.safetensors"
    victim.write_bytes(victim.read_bytes()[:-1])
    with pytest.raises(BadArtifact, match=victim.name):
        load_forecaster(tmp_path / "model")


def test_every_film_in_release_has_every_day(model: Forecaster) -> None:
    made = model.forecast(KNOWN, ORIGIN)
    week = KNOWN[KNOWN["date"] > ORIGIN - pd.Timedelta(days=7)]
    assert list(made.columns) == ["film_id", "date", "horizon", "q10", "q50", "q90"]
    assert made["film_id"].tolist() == [film for film in sorted(week["film_id"].unique()) for _ in range(28)]
    assert made["horizon"].tolist() == list(range(1, 29)) * week["film_id"].nunique()
    assert (made["date"] == ORIGIN + pd.to_timedelta(made["horizon"], unit="D")).all()


def test_quantiles_are_ordered_and_not_negative(model: Forecaster) -> None:
    made = model.forecast(KNOWN, ORIGIN)
    assert (made["q10"] >= 0).all()
    assert (made["q10"] <= made["q50"]).all() and (made["q50"] <= made["q90"]).all()


def test_days_after_the_origin_are_not_read(model: Forecaster) -> None:
    later = PANEL["date"] > ORIGIN
    absurd = PANEL.assign(gross=PANEL["gross"].where(~later, 1e12), genres=PANEL["genres"].where(~later, "Noir"))
    assert_frame_equal(model.forecast(absurd, ORIGIN), model.forecast(KNOWN, ORIGIN), check_exact=True)


def test_an_earlier_origin_can_be_asked_for(model: Forecaster) -> None:
    before = ORIGIN - pd.Timedelta(days=30)
    made = model.forecast(KNOWN, before)
    assert made["date"].min() == before + pd.Timedelta(days=1)


def test_a_film_that_ended_or_has_not_opened_is_not_forecast(model: Forecaster) -> None:
    made = set(model.forecast(PANEL, ORIGIN)["film_id"])
    ends, opens = PANEL.groupby("film_id")["date"].max(), PANEL.groupby("film_id")["date"].min()
    assert made.isdisjoint(ends[ends < ORIGIN - pd.Timedelta(days=7)].index)
    assert made.isdisjoint(opens[opens > ORIGIN].index)


def test_where_nothing_is_in_release_nothing_is_forecast(model: Forecaster) -> None:
    for origin in (START - pd.Timedelta(days=1), PANEL["date"].max() + pd.Timedelta(days=8)):
        made = model.forecast(PANEL, origin)
        assert made.empty and list(made.columns) == ["film_id", "date", "horizon", "q10", "q50", "q90"]


@pytest.mark.parametrize("missing", ["screens", "genres", "day"])
def test_a_panel_may_lack_what_is_optional(model: Forecaster, missing: str) -> None:
    poorer = KNOWN.drop(columns=missing)
    assert np.isfinite(model.forecast(poorer, ORIGIN)["q50"]).all()
    assert np.isfinite(model.forecast(KNOWN.assign(**{missing: None}), ORIGIN)["q50"]).all()


def test_missing_days_inside_a_run_are_bridged(model: Forecaster) -> None:
    holed = KNOWN[KNOWN["date"] != ORIGIN - pd.Timedelta(days=2)]
    made, whole = model.forecast(holed, ORIGIN), model.forecast(KNOWN, ORIGIN)
    assert made["film_id"].tolist() == whole["film_id"].tolist()
    assert np.isfinite(made[["q10", "q50", "q90"]]).all(axis=None)


def test_neither_the_order_of_rows_nor_a_second_fit_changes_a_digit_or_the_callers_frame(
    model: Forecaster,
) -> None:
    shuffled = KNOWN.sample(frac=1.0, random_state=1)
    kept = shuffled.copy(deep=True)
    again = type(model)().fit(shuffled).forecast(shuffled, ORIGIN)
    assert_frame_equal(again, model.forecast(KNOWN, ORIGIN), check_exact=True)
    assert_frame_equal(shuffled, kept)


@pytest.mark.parametrize("days", [0, 1, 34])
def test_a_short_panel_is_an_error_that_names_the_days_wanted(model: Forecaster, days: int) -> None:
    short = PANEL[PANEL["date"] < START + pd.Timedelta(days=days)]
    with pytest.raises(EmptyTraining, match=rf"spans {days} days.*\d\d days are wanted"):
        type(model)().fit(short)


def test_runs_too_short_for_the_horizon_are_an_error(model: Forecaster) -> None:
    with pytest.raises(EmptyTraining, match="15 to 21 days after"):
        type(model)().fit(decaying(days=120, run=12))


def test_84_days_are_enough(model: Forecaster) -> None:
    last = START + pd.Timedelta(days=83)
    short = PANEL[PANEL["date"] <= last]
    made = type(model)().fit(short).forecast(short, last)
    assert made["horizon"].max() == 28 and np.isfinite(made["q50"]).all()


def test_an_explanation_is_in_dollars_that_sum_to_the_medians(model: Forecaster) -> None:
    film = KNOWN.loc[KNOWN["date"] == ORIGIN, "film_id"].max()
    reasons, made = model.explain(KNOWN, ORIGIN, film), model.forecast(KNOWN, ORIGIN)
    assert list(reasons.columns) == ["feature", "contribution"]
    assert reasons["contribution"].sum() == pytest.approx(made.loc[made["film_id"] == film, "q50"].sum(), rel=1e-4)
    assert reasons["contribution"].abs().is_monotonic_decreasing
    assert model.explain(KNOWN, ORIGIN, "no such film").empty


def test_the_evening_may_be_later_than_the_last_reported_day(model: Forecaster) -> None:
    """Sunday's gross is often told on Monday: the forecast is made without it."""
    late = KNOWN[KNOWN["date"] <= ORIGIN - pd.Timedelta(days=1)]
    made = model.forecast(late, ORIGIN)
    assert made["date"].min() == ORIGIN + pd.Timedelta(days=1)
    assert np.isfinite(made[["q10", "q50", "q90"]]).all(axis=None)
