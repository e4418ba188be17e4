"""Each task asks with what was known when it is asked: days that came later are in no column."""

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from models.base.days import day_number
from models.films.market import Market
from models.films.prerelease import prerelease_table
from models.tasks.market import HORIZON, ReleaseSchedule, market_task
from models.tasks.remaining_run import DAYS, WEEK, WideReleases, remaining_run_task
from models.tasks.task import Task
from models.tasks.totals import sizes, totals_task
from tests.models.premieres import daily_runs, past_of, premieres

FILMS = premieres(films=260)
DAILY = daily_runs(FILMS)
PAST = past_of(FILMS, DAILY)
GROSS = FILMS["gross"].to_numpy()
TABLE = prerelease_table(FILMS.drop(columns="theatres"), PAST, 30, ["Action"])
LEARN = np.arange(len(FILMS)) < 200
BEFORE = totals_task(FILMS, TABLE, GROSS, LEARN, 30, PAST)
OPENINGS = FILMS.assign(size=sizes(BEFORE, FILMS).to_numpy())
_FILM = 210


def _runs(gross: pd.Series) -> WideReleases:
    days = DAILY.assign(gross=gross, day=DAILY.groupby("film_id").cumcount() + 1)
    first = days[days["day"] <= DAYS]
    return WideReleases(FILMS, *(first[name].to_numpy(dtype=float).reshape(-1, DAYS) for name in ("gross", "theatres")))


def _run_task(gross: pd.Series, rows: slice = slice(None)) -> Task:
    return remaining_run_task(_runs(gross), TABLE, OPENINGS, Market.of(DAILY.assign(gross=gross)), LEARN)


def _market_task(daily: pd.DataFrame, asked: int) -> Task:
    market = Market.of(daily)
    slate = ReleaseSchedule.of(daily, day_number(FILMS["opens"]), OPENINGS["size"].to_numpy())
    return market_task(slate, market, np.arange(asked - 700, asked - HORIZON, 7), np.array([asked]), (asked, asked + 1))


def test_sizes_are_learned_from_earlier_films_alone() -> None:
    half = len(FILMS) // 2
    richer = np.where(np.arange(len(FILMS)) < half, GROSS, 1e12)
    moved = sizes(totals_task(FILMS, TABLE, richer, LEARN, 30), FILMS) != sizes(
        totals_task(FILMS, TABLE, GROSS, LEARN, 30), FILMS
    )
    assert not moved.iloc[:half].any()
    assert moved.iloc[-1]


def test_what_a_film_will_take_is_guessed_on_the_way() -> None:
    known = BEFORE.cases.dollars(BEFORE.seen)[:100]
    np.testing.assert_allclose(known, GROSS[:100], rtol=0.05)


def test_a_run_is_asked_with_its_first_week_and_nothing_later() -> None:
    origin = FILMS["opens"].iloc[_FILM] + pd.Timedelta(days=WEEK - 1)
    other = DAILY["gross"].where(DAILY["date"] <= origin, 7e8)
    before, after = _run_task(DAILY["gross"]), _run_task(other)
    rows = (before.keys["film_id"] == FILMS["film_id"].iloc[_FILM]).to_numpy()
    assert rows.sum() == DAYS - WEEK and before.keys["day"][rows].tolist() == list(range(WEEK + 1, DAYS + 1))
    assert_frame_equal(after.cases.table[rows], before.cases.table[rows])
    assert not np.array_equal(after.outcome[rows], before.outcome[rows])


def test_a_day_of_which_no_film_has_a_figure_teaches_nothing() -> None:
    hole = FILMS["opens"].iloc[50] + pd.Timedelta(days=10)
    task = _run_task(DAILY["gross"].where(DAILY["date"] != hole, 0.0))
    rows = (task.keys["film_id"] == FILMS["film_id"].iloc[50]).to_numpy() & (task.keys["day"] == 11).to_numpy()
    assert rows.sum() == 1 and not task.learn[rows].any() and np.isnan(task.outcome[rows]).all()


def test_the_market_is_asked_with_the_days_up_to_its_origin() -> None:
    asked = int(day_number(FILMS["opens"])[_FILM]) - 1
    later = day_number(DAILY["date"]) > asked
    rows = [
        _market_task(DAILY.assign(gross=gross), asked) for gross in (DAILY["gross"], DAILY["gross"].where(~later, 9e8))
    ]
    assert rows[0].ask.sum() == HORIZON
    before, after = (task.cases.take(task.ask).table for task in rows)
    assert_frame_equal(after, before)
    assert not (rows[0].learn & (rows[0].cases.known >= asked)).any()


def test_an_announced_opening_is_seen_from_below_on_its_day() -> None:
    asked = int(day_number(FILMS["opens"])[_FILM]) - 3
    task = _market_task(DAILY, asked)
    opening = np.exp(task.cases.take(task.ask).table["announced openings"].to_numpy() + task.cases.offset[task.ask])
    assert opening[0] == pytest.approx(1e5) and opening[1] == pytest.approx(1e5) and opening[2] > 3e5
