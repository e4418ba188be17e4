"""Plans on film years whose law is known: seasons are found, crowds avoided, and nothing is gained over oneself."""

import numpy as np
import pandas as pd
import pytest

from models.base.days import day_number, day_of_year
from models.base.errors import EmptyTraining, NotToBePlanned
from models.planning.coming import Coming
from models.planning.planner import Planner, weekly
from models.planning.rivalry import ALONE, FORMS, DatedFilms, Pairs, Rivalry
from tests.models.film_years import SUMMER, TODAY, daily_of, film_years

NOW = int(day_number(TODAY))
DATES = weekly(NOW, 40, 4, 4)
FEW_FORMS = (ALONE, Rivalry("budget", 0.0, 14.0, 14), Rivalry("budget", 0.0, 28.0, 28))


@pytest.fixture(scope="module")
def in_summer() -> Planner:
    films = film_years()
    return Planner.learn(films, daily_of(films), NOW, FEW_FORMS)


def some_film(planner: Planner, after: int = 60) -> str:
    """A film that opens later than so many days from now."""
    return str(planner.films.loc[planner.openings.opens > NOW + after, "film_id"].iloc[0])


def crowded(films: pd.DataFrame, on: int, count: int = 4) -> pd.DataFrame:
    """The film years with more action films announced for a day."""
    more = (
        films[films["opens"] > TODAY]
        .head(count)
        .assign(
            film_id=[f"crowd{number}" for number in range(count)],
            opens=pd.Timestamp(on, unit="D"),
            genres=[("Action",)] * count,
        )
    )
    both = pd.concat([films, more], ignore_index=True)
    both.attrs = films.attrs
    return both


def test_a_strong_season_is_found_and_its_worth_is_known(in_summer: Planner) -> None:
    plans = in_summer.plan(some_film(in_summer), DATES)
    best = plans.loc[plans["q50"].idxmax()]
    assert abs(day_of_year(day_number(best["opens"])) - SUMMER) <= 14
    low = plans["q50"].min()
    assert 1.4 < best["q50"] / low < 2.2  # the law has e^0.7 on the best day, and a run is longer than that
    assert best["probability"] > 0.95 and best["gain10"] > 0


def test_a_film_gains_nothing_over_itself(in_summer: Planner) -> None:
    name = some_film(in_summer)
    plans = in_summer.plan(name, DATES)
    opens = in_summer.films.set_index("film_id").loc[name, "opens"]
    own = plans[plans["opens"] == opens]
    assert len(own) == 1
    assert (own[["gain", "gain10", "gain50", "gain90", "probability"]] == 0).all(axis=None)


def test_a_gain_is_known_better_than_a_gross(in_summer: Planner) -> None:
    plans = in_summer.plan(some_film(in_summer), DATES)
    assert (np.log(plans["q90"] / plans["q10"]) > 2 * np.log1p(plans["gain90"]).sub(np.log1p(plans["gain10"]))).all()
    assert (plans["q10"] < plans["q50"]).all() and (plans["q50"] < plans["q90"]).all()


def test_a_crowded_weekend_is_avoided_by_a_film_of_that_genre_alone() -> None:
    empty = film_years(summer=0.0, rivalry=0.6)
    full = crowded(empty, on=int(DATES[6]))
    planners = [Planner.learn(films, daily_of(films), NOW, FEW_FORMS) for films in (empty, full)]
    ahead = empty[day_number(empty["opens"]) > NOW + 250]
    for genre, low, high in (("Action", 0.3, 0.7), ("Drama", 0.95, 1.05)):
        name = str(ahead.loc[ahead["genres"] == (genre,), "film_id"].iloc[0])
        without, crowd = (planner.plan(name, DATES).set_index("opens")["q50"] for planner in planners)
        assert low < crowd.iloc[6] / without.iloc[6] < high
    action = str(ahead.loc[ahead["genres"] == ("Action",), "film_id"].iloc[0])
    assert set(planners[1].rivals(action, int(DATES[6]), most=4)["film_id"]) == {f"crowd{n}" for n in range(4)}
    plans = planners[1].plan(action, DATES)
    assert plans["q50"].argmin() in (5, 6, 7)


def test_without_rivalry_in_the_law_none_is_chosen_or_it_weighs_nothing(in_summer: Planner) -> None:
    assert np.abs(in_summer.response.mean[-2:]).max() < 0.05


def test_the_law_of_the_years_is_recovered() -> None:
    films = film_years(summer=0.5, rivalry=0.4)
    planner = Planner.learn(films, daily_of(films), NOW, FEW_FORMS)
    assert planner.form == FEW_FORMS[1]
    assert planner.unexplained[planner.form] < 0.2 * planner.unexplained[ALONE]
    assert planner.response.mean[-2] == pytest.approx(-0.4, abs=0.12)


@pytest.mark.parametrize(("scale", "low", "high"), [(0.0, 0.0, 0.2), (0.6, 0.4, 0.75)])
def test_theatres_count_as_far_as_they_went_with_more_than_facts_tell(scale: float, low: float, high: float) -> None:
    films = film_years()
    planner = Planner.learn(films, daily_of(films, scale), NOW, (ALONE,))
    assert low <= planner.elasticity <= high
    plans = planner.plan(some_film(planner), DATES[:3], scales=(1.0, 2.0))
    one, two = (plans[plans["scale"] == size].reset_index(drop=True) for size in (1.0, 2.0))
    assert (two["theatres"] / one["theatres"]).to_numpy() == pytest.approx(2)
    assert (two["q50"] / one["q50"]).to_numpy() == pytest.approx(2**planner.elasticity)


def test_films_that_are_not_announced_are_expected_where_they_are_not_known_yet() -> None:
    opens = NOW - np.arange(364)
    openings = DatedFilms(opens, np.ones((364, 1)), {"budget": np.zeros(364)}, np.zeros(364, dtype=bool))
    lead = np.where(np.arange(364) % 2, 70, 700)
    coming = Coming.of(openings, opens - lead, NOW)
    assert coming.unknown(NOW + np.array([7, 69, 71, 600, 800])).tolist() == [0, 0, 3.5, 3.5, 7]
    form = Rivalry("budget", 1.0, 14.0, 14)
    dates, rng = NOW + 7 * np.array([2, 30]), np.random.default_rng(0)
    near, far = coming.pressure(form, openings, 0, dates, 300, rng)[..., 0].mean(axis=(0, 2))
    assert near < 0.5 * far


def test_a_rival_whose_budget_is_not_known_widens_what_is_known_of_its_date() -> None:
    budgets, guessed = np.array([0.0, 0.0, -1.0, 1.0]), np.array([False, True, False, False])
    openings = DatedFilms(NOW + np.zeros(4, int), np.ones((4, 1)), {"budget": budgets}, guessed)
    form, dates = Rivalry("budget", 1.0, 14.0, 7), NOW + np.array([0, 70])
    more = np.broadcast_to(openings.doubt(form, 0, dates, 500, np.random.default_rng(0)), (500, 2, 10, 2))
    first = form.freshness(np.array([0]), np.array([0]))[0, 0, 0]
    assert set(np.round(more[:, 0, 0, 1] / first, 6)) == {0.0, np.round(np.expm1(-1), 6), np.round(np.expm1(1), 6)}
    assert not more[:, 1].any()


def test_the_same_seed_plans_the_same_and_frames_are_left_as_they_are(in_summer: Planner) -> None:
    name, before = some_film(in_summer), in_summer.films.copy()
    pd.testing.assert_frame_equal(in_summer.plan(name, DATES, seed=3), in_summer.plan(name, DATES, seed=3))
    pd.testing.assert_frame_equal(in_summer.films, before)


def test_a_film_that_has_opened_or_is_unknown_has_no_plan(in_summer: Planner) -> None:
    out = str(in_summer.films["film_id"].iloc[0])
    with pytest.raises(NotToBePlanned, match="opened on 2015-01"):
        in_summer.plan(out, DATES)
    with pytest.raises(NotToBePlanned, match="no film 'nobody'"):
        in_summer.plan("nobody", DATES)


def test_too_few_runs_are_named() -> None:
    films = film_years()
    few = daily_of(films)
    few = few[few["film_id"].isin(films["film_id"].head(9))]
    with pytest.raises(EmptyTraining, match="9 films have a full week in cinemas; 40"):
        Planner.learn(films, few, NOW)


def test_dates_keep_their_weekday_and_their_notice() -> None:
    days = weekly(NOW, 5, 4, 2)
    assert (pd.to_datetime(days, unit="D").dayofweek == 2).all()
    assert (np.diff(days) == 7).all() and NOW + 28 <= days[0] < NOW + 35


def test_forms_differ_and_none_of_them_is_no_rivalry_but_one() -> None:
    assert len(set(FORMS)) == len(FORMS) > 12
    alone = [form for form in FORMS if not form.freshness(np.array([0]), np.array([0, -7])).any()]
    assert alone == [ALONE]


def test_films_on_their_own_dates_are_pressed_as_if_they_were_moved_there(in_summer: Planner) -> None:
    films = np.array([3, 40, 90])
    for form in FORMS[::5]:
        moved = [in_summer.openings.pressure(form, film, in_summer.openings.opens[[film]])[0] for film in films]
        np.testing.assert_allclose(Pairs.of(in_summer.openings, films).pressure(form), np.stack(moved))
