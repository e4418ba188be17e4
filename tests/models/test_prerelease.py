"""What is known of a film before it opens comes from what had happened by then, and from nothing later."""

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from models.base.days import day_number
from models.films.calendar import distances, holidays
from models.films.past import LISTS, Money, PastReleases
from models.films.prerelease import comparable_films, prerelease_table
from models.films.rivals import rivals
from models.films.track_records import title_opening, title_stem
from tests.models.premieres import daily_runs, past_of, premieres

FILMS = premieres()
DAILY = daily_runs(FILMS)
PAST = past_of(FILMS, DAILY)
LEAD = 30
ASKED = FILMS.iloc[[100]].reset_index(drop=True)
BY = ASKED["opens"].iloc[0] - pd.Timedelta(days=LEAD)


def _table(past: PastReleases, films: pd.DataFrame = ASKED, lead: int = LEAD) -> pd.DataFrame:
    return prerelease_table(films.drop(columns="gross"), past, lead, ["Action", "Comedy"])


def _with_another_future(past: PastReleases, by: pd.Timestamp) -> PastReleases:
    """Every fact and description that was not known before `by` is another one."""
    daily = past.daily.assign(gross=past.daily["gross"].where(past.daily["date"] < by, 9.9e9))
    since = int(day_number(by)) - past.films["out"]
    later = {"title": "Zebra", "overview": "A zebra of Ann Lee in a quasar", "distributor": "South", "budget": 1.0}
    films = past.films.assign(
        **{name: past.films[name].where(since > 0, value) for name, value in later.items()},
        **{
            name: [told if old > 0 else ("Zebra",) for told, old in zip(past.films[name], since, strict=True)]
            for name in LISTS
        },
        **{name: past.films[name].where(since >= 180, 1.0) for name in ("domestic", "worldwide")},
        theatres=past.films["theatres"].where(since >= 7, 1.0),
    )
    return PastReleases(films, daily)


@pytest.mark.parametrize(("money", "lead"), [("domestic", 30), ("domestic", 7), ("worldwide", 30)])
def test_no_column_moves_when_every_future_fact_is_another(money: Money, lead: int) -> None:
    """All films are asked at once, so that each has rivals before and after it."""
    films, opens = FILMS.drop(columns="gross"), FILMS["opens"]
    by = opens.iloc[100] - pd.Timedelta(days=lead)
    tables = [prerelease_table(films, past, lead, ["Action"], money) for past in (PAST, _with_another_future(PAST, by))]
    asked = [table[opens <= opens.iloc[100]] for table in tables]
    assert_frame_equal(asked[1], asked[0])
    assert asked[0]["rivals: films"].iloc[-1] == 4 and asked[0]["comparable films: likeness"].iloc[-1] > 0
    moved = (tables[0] != tables[1]).any()
    for column in ("comparable films: mean", "three stars: theatres", "rivals: largest"):
        assert moved[column], "what is known later is told apart by the films that are asked later"


def test_theatres_of_a_first_week_are_known_when_it_is_over() -> None:
    out = PAST.out[[50, 50]]
    known = PAST.theatres(np.array([50, 50]), out + np.array([6, 7]))
    assert np.isnan(known[0]) and known[1] == FILMS["theatres"].iloc[50]


def test_a_fact_of_the_past_moves_columns() -> None:
    earlier = PAST.daily.assign(gross=PAST.daily["gross"].where(PAST.daily["date"] >= BY, 1e9))
    moved = (_table(PastReleases(PAST.films, earlier)) != _table(PAST)).all()
    assert moved["first star: mean"] and moved["distributor: last"] and moved["market of a year"]


def test_the_theatre_count_is_a_column_only_where_it_is_known() -> None:
    assert "theatres" in _table(PAST, lead=7)
    assert "theatres" not in _table(PAST, ASKED.drop(columns="theatres"))


def test_a_film_that_says_nothing_of_itself_is_described_all_the_same() -> None:
    bare = ASKED.assign(budget=np.nan, certificate=None, overview=None, distributor=None, runtime_minutes=np.nan)
    bare = bare.assign(**{name: [()] for name in ("genres", "directors", "writers", "stars", "companies")})
    made = _table(PAST, bare)
    assert np.isnan(made["budget"].iloc[0]) and made["first star: films"].iloc[0] == 0
    assert np.isfinite(made["size by facts"].iloc[0])


def test_a_track_record_is_what_the_earlier_films_had_taken_by_then() -> None:
    star = FILMS["stars"].map(lambda names: names[0])
    earlier = FILMS[(star == star.iloc[100]) & (FILMS["opens"] < BY)]
    last = DAILY[(DAILY["film_id"] == earlier["film_id"].iloc[-1]) & (DAILY["date"] < BY)]["gross"].sum()
    made = _table(PAST)
    assert made["first star: films"].iloc[0] == len(earlier)
    assert made["first star: last"].iloc[0] == pytest.approx(np.log1p(last))


def test_comparable_films_are_earlier_ones_of_the_same_kind() -> None:
    found = comparable_films(ASKED, PAST, LEAD)
    nearest = PAST.films.iloc[found.earlier[0, 0]]
    assert nearest["out"] < day_number(pd.Series([BY]))[0]
    assert nearest["genres"] == ASKED["genres"].iloc[0] and nearest["stars"][0] == ASKED["stars"].iloc[0][0]


def test_a_rival_counts_by_its_size_its_likeness_and_its_weekend() -> None:
    films = pd.DataFrame(
        {
            "film_id": ["ours", "theirs", "late", "ours"],
            "genres": [("Action",), ("Action",), ("Drama",), ("Action",)],
            "certificate": ["PG", "R", "R", "PG"],
        }
    )
    size = np.log([1e6, 3e6, 9e6, 1e6])
    made = rivals(films, np.array([100, 102, 130, 101]), size, size)
    assert made["rivals: films"].tolist() == [1, 2, 0, 1], "a film is no rival of itself on another day"
    assert np.exp(made["rivals: share of the weekend"][0]) == pytest.approx(0.25)
    assert made["rivals: size by likeness"][0] == pytest.approx(np.log1p(3e6))


@pytest.mark.parametrize(
    ("title", "stem"),
    [("Shrek 2", "shrek"), ("The Matrix: Reloaded", "matrix"), ("Rocky IV", "rocky"), ("It", None)],
)
def test_films_of_a_franchise_have_a_stem_in_common(title: str, stem: str | None) -> None:
    assert title_stem(title) == ((stem,) if stem else ())


def test_two_words_open_a_longer_title() -> None:
    assert title_opening("Harry Potter and the Goblet of Fire") == ("harry potter",)
    assert title_opening("Shrek 2") == ()


def test_holidays_stand_where_the_calendar_has_them() -> None:
    thanksgiving = holidays()["Thanksgiving"].astype("datetime64[D]").astype(str)
    assert "2019-11-28" in thanksgiving and "2015-11-26" in thanksgiving
    assert "2018-04-01" in holidays()["Easter"].astype("datetime64[D]").astype(str)
    days = day_number(pd.Series(pd.to_datetime(["2019-12-24", "2019-12-27", "2019-10-10"])))
    assert distances(days, 7, "day")["day: days to Christmas"].tolist() == [1, -2, 8]
