"""When the market is learned anew, what is published of it, and what comes back."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.base.days import day_number
from models.films.genres import ALL
from models.films.past import PastReleases
from pipelines.forecasting.market import decide, observe, train
from pipelines.lake.box_office import BoxOfficeHistory
from tests.models.test_markets import DAILY, FILMS, LAST, NOTHING_MET, fitted
from tests.models.test_markets import markets as known

__all__ = ["fitted"]
_DECISION = {
    "cycle": 3,
    "occurred_at": 7,
    "model": "stack",
    "model_version": "market/2",
    "feature_version": 5,
}


def _reason(until: int, came: pd.DataFrame = observe.NO_OUTCOMES) -> str | None:
    standing: Any = SimpleNamespace(until=until)
    return train.reason_to_fit(standing, known(), came)


def _came(error: float, days: int = 14, made: int = LAST - 20) -> pd.DataFrame:
    day = made + np.arange(1, days + 1)
    frame = pd.DataFrame({"cycle": 1, "series": ALL, "made": made, "date": day, "actual": 100.0, "repeated": 150.0})
    return frame.assign(predicted=100.0 + error, covered=True)


def test_the_market_is_learned_anew_after_a_twentieth_of_its_past_or_where_it_errs_too_much() -> None:
    days = len(known().reported)
    enough = int(np.ceil(0.05 * days))
    assert enough > 28
    assert train.reason_to_fit(None, known(), observe.NO_OUTCOMES) == "none serves yet"
    assert _reason(LAST - enough + 1) is None
    assert _reason(LAST - enough) == f"{enough} days have come since the last fit"
    assert _reason(LAST - 20, _came(20.0)) is None
    drifted = _reason(LAST - 20, _came(60.0))
    assert drifted == "drift: WAPE 0.600 over 14 days, that of the same weekdays repeated 0.500"
    assert _reason(LAST - 20, _came(60.0, days=13)) is None, "two weeks are wanted to accuse it"
    assert _reason(LAST - 20, _came(60.0, made=LAST - 60)) is None, "an earlier fit's errors do not count"


def test_an_event_for_all_films_and_one_a_genre_are_the_same_when_a_cycle_is_repeated(fitted: Any) -> None:
    made = fitted.forecast(known(), NOTHING_MET)
    first, again = (decide.events(made, _DECISION) for _ in range(2))
    assert [each.genre for each in first] == [None, "Action", "Comedy", "Drama", "unknown"]
    assert first == again and len({each.event_id for each in first}) == 5
    assert [each.subject for each in first[:2]] == ["US", "US/Action"]
    assert all(len(each.days) == 28 for each in first)
    rows = decide.OUTBOX.rows(first)
    assert len(rows) == 5 * 28 and rows.loc[0, "market_id"] == first[0].event_id and rows.loc[0, "genre"] is None


def _history(last: int, daily: pd.DataFrame = DAILY) -> BoxOfficeHistory:
    rows = daily[day_number(daily["date"]) <= last]
    return BoxOfficeHistory(rows, FILMS, FILMS, PastReleases(FILMS, rows))


def _published(fitted: Any) -> pd.DataFrame:
    return decide.OUTBOX.rows(decide.events(fitted.forecast(known(), NOTHING_MET), _DECISION))


def test_days_that_came_meet_their_forecasts_and_the_others_wait(fitted: Any) -> None:
    published = _published(fitted)
    assert observe.join_actuals(published, _history(LAST)).empty
    later, came = known(LAST + 10), observe.join_actuals(published, _history(LAST + 10))
    assert len(came) == 5 * 10 and set(came["film_id"]) == {"US", *(f"US/{name}" for name in later.alive if name)}
    whole = came[came["series"] == ALL]
    np.testing.assert_allclose(whole["actual"], later.markets[ALL].gross[-10:])
    np.testing.assert_allclose(whole["repeated"], np.resize(known().markets[ALL].gross[-7:], 10))
    assert set(whole["made"]) == {LAST} and whole["date"].tolist() == list(range(LAST + 1, LAST + 11))
    inside = published[published["genre"].isna()].head(10)
    held = (inside["q10"].to_numpy() <= whole["actual"]) & (whole["actual"] <= inside["q90"].to_numpy())
    assert whole["covered"].tolist() == held.tolist()
    assert str(observe.signals(came)["date"].iloc[0]) == str(pd.Timestamp(LAST + 1, unit="D").date())
    assert observe.join_actuals(None, _history(LAST)).empty


def test_accuracy_by_cycle_is_told_of_all_films_and_of_genres(fitted: Any) -> None:
    parts = [_came(20.0), _came(50.0).assign(series="War", covered=False)]
    assert observe.accuracy_by_cycle(pd.concat(parts)) == {
        1: {
            **{"wape": pytest.approx(0.2), "baseline_wape": pytest.approx(0.5), "cover80": 1.0},
            **{"genre_wape": pytest.approx(0.5), "genre_baseline_wape": pytest.approx(0.5), "genre_cover80": 0.0},
            "came": 14,
        }
    }
    assert observe.accuracy_by_cycle(observe.NO_OUTCOMES) == {}


def test_a_revised_day_is_met_as_revised(fitted: Any) -> None:
    day = day_number(DAILY["date"])
    revised = DAILY.assign(gross=np.where(day == LAST + 1, 0.5, 1.0) * DAILY["gross"])
    before, after = (observe.join_actuals(_published(fitted), _history(LAST + 1, daily)) for daily in (DAILY, revised))
    np.testing.assert_allclose(after["actual"], 0.5 * before["actual"])
    np.testing.assert_array_equal(after["predicted"], before["predicted"])


def test_forecasts_of_other_genres_meet_what_their_own_took(fitted: Any) -> None:
    """An earlier fit counted fewer genres: films of the others counted as other then, and still do."""
    published = _published(fitted)
    fewer = published[published["genre"].isna() | published["genre"].isin(["Action", "unknown"])].assign(cycle=2)
    other = fewer[fewer["genre"] == "unknown"].assign(genre="other", market_id="other")
    came = observe.join_actuals(pd.concat([published, fewer, other]), _history(LAST + 1))
    for cycle in (2, 3):
        days = came[came["cycle"] == cycle].set_index("series")["actual"]
        assert days.drop(ALL).sum() == pytest.approx(days[ALL])
    assert set(came.loc[came["cycle"] == 2, "series"]) == {ALL, "Action", "other", "unknown"}
