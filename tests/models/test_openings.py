"""Films before they open, day by day: who is asked of, what is learned, and how errors come back."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.base.days import day_number
from models.base.errors import EmptyTraining
from models.films.past import PastReleases
from models.outlook.openings import OpeningOutlook, Openings
from tests.models.premieres import daily_runs, past_of, premieres

FILMS = premieres(films=150).assign(wide=None)
DAILY = daily_runs(FILMS)
OPENS = day_number(FILMS["opens"])


def openings(number: int, films: pd.DataFrame = FILMS, lead: int = 30, ahead: int = 8) -> Openings:
    """As of the day on which film `number` opens, with `ahead` more films announced."""
    today = int(OPENS[number])
    daily = DAILY[day_number(DAILY["date"]) < today]
    past = past_of(FILMS, DAILY)
    out = past.out < today
    return Openings.of(
        films.iloc[: number + ahead], PastReleases(past.films[out].reset_index(drop=True), daily), today, lead
    )


@pytest.fixture(scope="module")
def fitted() -> OpeningOutlook:
    return OpeningOutlook.fit(openings(110), 30)


def test_a_film_is_learned_once_it_has_run_and_asked_of_while_it_has_not_opened() -> None:
    asked = openings(110)
    assert asked.known.sum() == 110 - 5, "those of the last six Fridays are still running; the sixth has run 42 days"
    assert asked.films["film_id"][asked.coming].to_list() == [f"tt{number:04d}" for number in range(110, 118)]
    assert (asked.task.cases.at[asked.coming] == asked.today).all()
    assert "theatres" not in asked.task.cases.table
    booked = openings(110, FILMS.assign(theatres=FILMS["theatres"].where(FILMS.index < 112)), lead=7)
    assert booked.coming.sum() == 2 and "theatres" in booked.task.cases.table


def test_where_some_are_told_to_be_wide_only_they_are_asked_of() -> None:
    asked = openings(110, FILMS.assign(wide=[number % 2 == 0 for number in range(150)]))
    assert asked.coming.sum() == 4 and len(asked.films) == 59


def test_every_coming_film_has_ordered_quantiles(fitted: OpeningOutlook) -> None:
    made = fitted.forecast(openings(110))
    assert len(made) == 8 and (made["q10"] < made["q50"]).all() and (made["q50"] < made["q90"]).all()


def test_contributions_in_dollars_sum_to_the_forecast(fitted: OpeningOutlook) -> None:
    asked = openings(110)
    total = fitted.explain(asked).sum(axis=1)
    np.testing.assert_allclose(total, fitted.forecast(asked)["q50"], rtol=1e-4)  # trees and network count in 32 bits


def test_films_that_came_since_the_fit_are_measured_and_move_what_is_asked(fitted: OpeningOutlook) -> None:
    later = openings(140)
    measured = fitted.measured(later)
    assert measured is not None and measured.films == 30
    assert measured.rmsle < measured.baseline_rmsle and 0.5 < measured.cover80 <= 1
    assert fitted.measured(openings(110)) is None
    cases, seen, asked = fitted._before(later, later.coming)
    untaught = fitted.outlook.forecast(cases, np.full(len(seen), np.nan))[asked]
    assert (fitted.forecast(later)["q50"].to_numpy() != untaught["q50"].to_numpy()).all()


def test_a_film_that_never_opens_or_lacks_its_budget_or_moves_stops_nothing(fitted: OpeningOutlook) -> None:
    odd = FILMS.copy()
    odd.loc[100, "opens"] = FILMS["opens"][115]  # announced for a Friday long past, it never came, and moves
    without = past_of(FILMS, DAILY[DAILY["film_id"] != "tt0100"])
    today = int(OPENS[110])
    past = PastReleases(
        without.films[without.out < today].drop(index=100).reset_index(drop=True),
        without.daily[day_number(without.daily["date"]) < today],
    )
    moved = Openings.of(odd.iloc[:118], past, today, 30)
    assert moved.coming[100] and np.isfinite(fitted.forecast(moved).to_numpy()).all()
    assert np.isnan(FILMS["budget"][115]) and moved.coming[115], "one of those asked of has no budget"
    never = Openings.of(FILMS.iloc[:118], past, today, 30)
    assert not never.coming[100] and not never.known[100], "its day is past, nothing came: no case, and no zero"


def test_too_few_films_are_a_reason() -> None:
    with pytest.raises(EmptyTraining, match="5 films have run for 42 days, 20 are wanted"):
        openings(10)


def test_what_is_loaded_forecasts_as_what_was_saved(fitted: OpeningOutlook, tmp_path: Path) -> None:
    fitted.save(tmp_path / "outlook")
    again = OpeningOutlook.load(tmp_path / "outlook")
    assert replace(again, outlook=fitted.outlook) == fitted
    pd.testing.assert_frame_equal(again.forecast(openings(115)), fitted.forecast(openings(115)))


def test_the_same_seed_forecasts_the_same(fitted: OpeningOutlook) -> None:
    again = OpeningOutlook.fit(openings(110), 30)
    pd.testing.assert_frame_equal(again.forecast(openings(110)), fitted.forecast(openings(110)))
