"""All films and each genre: parts that add up, holes that teach nothing, forecasts that no later day moves."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.base.days import day_number
from models.base.errors import EmptyTraining
from models.films.genres import ALL, OTHER, UNKNOWN, genre_shares
from models.films.trend import QUARTER, changes
from models.outlook.markets import HORIZON, MarketOutlook, Markets
from tests.models.premieres import daily_runs, premieres

_GENRES = (("Action",), ("Comedy", "Action"), ("Drama", "Comedy", "Action"), ())
FILMS = premieres(films=170).assign(genres=[_GENRES[number % 4] for number in range(170)])
DAILY = daily_runs(FILMS)[["film_id", "date", "gross"]]
ANNOUNCED = FILMS[["film_id", "opens"]].assign(size=np.log(FILMS["gross"]))
LAST = int(day_number(FILMS["opens"])[150]) - 4  # a Monday, on which ten films are on
NOTHING_MET = pd.DataFrame(columns=["series", "made", "date", "predicted", "actual"])


def markets(last: int = LAST, daily: pd.DataFrame = DAILY) -> Markets:
    return Markets.of(daily[day_number(daily["date"]) <= last], FILMS, ANNOUNCED)


@pytest.fixture(scope="module")
def fitted() -> MarketOutlook:
    return MarketOutlook.fit(markets())


def test_a_film_counts_in_equal_parts_for_those_of_its_genres_that_are_counted() -> None:
    told = [("War", "Drama", "War"), ("War", "Silent"), ("Silent",), (), ("unknown",)]
    films = pd.DataFrame({"film_id": list("abcde"), "genres": told})
    shares = genre_shares(films, pd.Index(["b", "a", "c", "d", "e", "nobody described"]), ["Drama", "War"])
    assert shares.to_dict("list") == {
        "Drama": [0.0, 0.5, 0.0, 0.0, 0.0, 0.0],
        "War": [1.0, 0.5, 0.0, 0.0, 0.0, 0.0],
        OTHER: [0.0, 0.0, 1.0, 0.0, 0.0, 0.0],
        UNKNOWN: [0.0, 0.0, 0.0, 1.0, 1.0, 1.0],
    }


def test_genres_add_up_to_all_films_on_every_day() -> None:
    made = markets()
    assert list(made.markets) == ["Action", "Comedy", "Drama", OTHER, UNKNOWN, ALL]
    assert made.alive == ["Action", "Comedy", "Drama", UNKNOWN, ALL], "no film is of another genre"
    parts = np.sum([made.markets[name].gross for name in made.markets if name != ALL], axis=0)
    np.testing.assert_allclose(parts, made.markets[ALL].gross)
    told = DAILY[day_number(DAILY["date"]) <= LAST]
    assert made.markets[ALL].gross.sum() == pytest.approx(told["gross"].sum())


def test_a_genre_that_is_called_as_the_market_calls_its_own_series_is_counted_with_the_rare_ones() -> None:
    odd = FILMS.assign(genres=[(name,) for name in ("other", "", "unknown", "Drama", "Drama")] * 34)
    made = Markets.of(DAILY, odd, ANNOUNCED)
    assert list(made.markets) == ["Drama", OTHER, UNKNOWN, ALL]
    whole = DAILY.groupby(odd.set_index("film_id")["genres"].map(lambda names: names[0])[DAILY["film_id"]].to_numpy())
    taken = whole["gross"].sum()
    for name, parts in (("Drama", ["Drama"]), (OTHER, ["other", ""]), (UNKNOWN, ["unknown"]), (ALL, list(taken.index))):
        assert made.markets[name].gross.sum() == pytest.approx(taken[parts].sum()), name


def test_a_missing_day_is_filled_from_a_week_before_and_is_nobodys_actual() -> None:
    hole, day = LAST - 40, day_number(DAILY["date"])
    made = markets(daily=DAILY[day != hole])
    for name in (ALL, "Comedy"):
        filled, before = made.markets[name].on(np.array([hole, hole - 7]))
        assert filled == before > 0
        assert np.isnan(made.actual(name, np.array([hole]))).all()
    shut = markets(daily=DAILY[(day < hole) | (day > hole + 9)])
    assert (shut.markets[ALL].on(np.arange(hole, hole + 10)) == 0).all(), "ten days without a figure are no lost page"


def test_what_is_still_to_come_is_nobodys_actual_and_a_genre_that_never_was_has_none() -> None:
    made = markets()
    assert np.isnan(made.actual(ALL, np.array([LAST + 1]))).all()
    assert np.isnan(made.actual("Western", np.array([LAST]))).all()
    assert made.actual(ALL, np.array([LAST])) == made.markets[ALL].gross[-1]


def test_the_baseline_repeats_the_last_week() -> None:
    made = markets()
    ahead = np.arange(1, HORIZON + 1)
    again = made.repeated(ALL, np.full(HORIZON, LAST), LAST + ahead)
    np.testing.assert_array_equal(again, np.tile(made.markets[ALL].gross[-7:], 4))


def test_four_weeks_of_all_films_and_of_every_genre_are_forecast_and_medians_add_up(fitted: MarketOutlook) -> None:
    made = fitted.forecast(markets(), NOTHING_MET)
    assert made.groupby("series").size().to_dict() == dict.fromkeys(("Action", "Comedy", "Drama", UNKNOWN, ALL), 28)
    assert day_number(made["date"]).min() == LAST + 1
    assert ((made["q10"] <= made["q50"]) & (made["q50"] <= made["q90"]) & (made["q10"] >= 0)).all()
    parts = made[made["series"] != ALL].groupby("date")["q50"].sum()
    np.testing.assert_allclose(parts, made[made["series"] == ALL]["q50"])


def test_it_errs_less_than_the_last_week_repeated(fitted: MarketOutlook) -> None:
    whole = fitted.forecast(markets(), NOTHING_MET).query(f"series == {ALL!r}")
    day = day_number(whole["date"])
    actual = markets(LAST + HORIZON).actual(ALL, day)
    error = np.abs(whole["q50"] - actual).sum()
    assert error < 0.7 * np.abs(markets().repeated(ALL, np.full(HORIZON, LAST), day) - actual).sum()


def test_days_after_the_evening_change_nothing(fitted: MarketOutlook) -> None:
    later = DAILY.assign(gross=DAILY["gross"].where(day_number(DAILY["date"]) <= LAST, 9e8))
    pd.testing.assert_frame_equal(
        fitted.forecast(markets(daily=later), NOTHING_MET), fitted.forecast(markets(), NOTHING_MET)
    )


def _met(names: list[str], miss: float) -> pd.DataFrame:
    """Four weeks of published forecasts a series, of which each was off by a factor."""
    day = np.arange(LAST - HORIZON + 1, LAST + 1)
    rows = [pd.DataFrame({"series": name, "made": LAST - HORIZON, "date": day}) for name in names]
    return pd.concat(rows, ignore_index=True).assign(predicted=1e6, actual=1e6 * miss)


def test_errors_of_what_was_published_widen_the_next_intervals_of_their_series_only(fitted: MarketOutlook) -> None:
    def width(met: pd.DataFrame) -> pd.Series:
        made = fitted.forecast(markets(), met)
        return np.log((made["q90"] + 1e5) / (made["q10"] + 1e5)).groupby(made["series"]).mean()

    before, after = width(NOTHING_MET), width(pd.concat([_met(["Comedy"], 20.0), _met(["Comedy"], 0.05)]))
    assert after["Comedy"] > 1.05 * before["Comedy"]
    assert after["Drama"] == pytest.approx(before["Drama"])


def test_genres_that_come_later_count_as_other_until_the_next_fit(fitted: MarketOutlook) -> None:
    renamed = FILMS.assign(genres=[("Western",) if number >= 140 else FILMS["genres"][number] for number in range(170)])
    daily = DAILY[day_number(DAILY["date"]) <= LAST]
    made = fitted.forecast(Markets.of(daily, renamed, ANNOUNCED, fitted.genres), NOTHING_MET)
    other = made[made["series"] == OTHER]
    assert len(other) == HORIZON and np.isfinite(other[["q10", "q50", "q90"]].to_numpy()).all()
    assert "Western" in Markets.of(daily, renamed, ANNOUNCED).alive


def test_what_is_loaded_forecasts_as_what_was_saved(fitted: MarketOutlook, tmp_path: Path) -> None:
    fitted.save(tmp_path / "market")
    again = MarketOutlook.load(tmp_path / "market")
    assert (again.genres, again.until) == (["Action", "Comedy", "Drama"], LAST)
    pd.testing.assert_frame_equal(again.forecast(markets(), NOTHING_MET), fitted.forecast(markets(), NOTHING_MET))


def test_a_short_past_is_a_reason() -> None:
    first = int(day_number(FILMS["opens"])[0])
    with pytest.raises(EmptyTraining, match="100 days of box office are told, 150 are wanted"):
        MarketOutlook.fit(markets(first + 99))


def _quarters(now: list[float], before: list[float]) -> pd.DataFrame:
    """Films that each took something on the last day of this quarter, and others a year before."""
    rows = [(f"n{number}", 1000, gross) for number, gross in enumerate(now)]
    rows += [(f"b{number}", 1000 - 364, gross) for number, gross in enumerate(before)]
    frame = pd.DataFrame(rows, columns=["film_id", "day", "gross"])
    return frame.assign(date=pd.to_datetime(frame["day"], unit="D"))


def test_a_quarter_is_compared_with_a_year_before_and_one_film_proves_nothing() -> None:
    many = pd.concat([_quarters([2e6] * 40, [1e6] * 40), _beginning(0)])
    films = pd.DataFrame({"film_id": many["film_id"], "genres": [("War",)] * 81})
    whole, war = changes(many, films, ["War"], 1000)
    assert (whole.genre, war.genre) == (None, "War")
    assert whole.change == pytest.approx(1.0) and whole.verdict == "rises" and 0.4 < whole.low < 1.0 < whole.high
    one = changes(pd.concat([_quarters([5e7] + [1e6] * 5, [1e6] * 8), _beginning(0)]), films, ["War"], 1000)[0]
    assert one.change > 5 and one.verdict == "–", "without that one film the quarter would be a poor one"


def _beginning(day: int) -> pd.DataFrame:
    """The record begins, with a film that takes next to nothing."""
    return pd.DataFrame({"film_id": "b0", "day": day, "gross": 0.0, "date": [pd.Timestamp(day, unit="D")]})


def test_both_quarters_are_as_long_as_the_record_has_of_the_earlier_one() -> None:
    days = pd.concat(
        [_quarters([2e6] * 9, [1e6] * 9), _quarters([5e6], []).assign(day=950, date=pd.Timestamp(950, unit="D"))]
    )
    films = pd.DataFrame({"film_id": days["film_id"], "genres": [("War",)] * 19}).drop_duplicates("film_id")
    whole = changes(pd.concat([days, _beginning(1000 - 364 - 90)]), films, ["War"], 1000)[0]
    short = changes(pd.concat([days, _beginning(1000 - 364 - 39)]), films, ["War"], 1000)[0]
    assert (whole.gross, short.gross) == (23e6, 18e6), "of 40 days only those are compared"
    assert changes(pd.concat([days, _beginning(1000 - 364 - 26)]), films, ["War"], 1000) == []


def test_days_before_the_quarter_do_not_count_and_a_genre_may_be_new() -> None:
    days = pd.concat([_quarters([1e6] * 3, [1e6] * 3), _beginning(0)])
    old = days.assign(
        day=1000 - QUARTER, date=pd.Timestamp("1970-01-01") + pd.Timedelta(days=1000 - QUARTER), gross=9e9
    )
    films = pd.DataFrame({"film_id": days["film_id"], "genres": [("War",)] * 3 + [("Drama",)] * 4})
    found = {each.genre: each for each in changes(pd.concat([days, old]), films, ["Drama", "War"], 1000)}
    assert found[None].gross == found[None].before == 3e6
    assert found["War"].verdict == "new" and found["War"].change is None
    assert found["Drama"].change == -1.0 and found["Drama"].verdict == "falls"
