"""A box office with every fault that one has, through all that a cycle asks of it before and after films open."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from models.base.days import day_number
from models.outlook.openings import OpeningOutlook, Openings
from pipelines.forecasting.market import cycle as market
from pipelines.forecasting.market.decide import OUTBOX
from pipelines.forecasting.market.observe import actual_market
from pipelines.forecasting.openings.decide import events, today_of
from pipelines.forecasting.openings.observe import join_actuals, totals_of_ended_runs
from pipelines.lake.box_office import BoxOfficeHistory
from pipelines.lake.film_history import film_history
from pipelines.platform.context import Context
from pipelines.platform.state import State
from streaming.schema.events import BoxOfficeDay, Event, FilmDescribed
from tests.models.premieres import daily_runs, premieres
from tests.pipelines.forecasting.box_office_folder import told_by, write_folder
from tests.pipelines.lake.silver_lake import write_silver

_NOW = int(pd.Timestamp("2016-02-25").timestamp() * 1000) - 1
_TODAY = today_of(_NOW)
_HOLE = pd.Timestamp("2015-12-09").date()  # nobody's figures of that day arrived
_GAP, _REVISED, _MOVED, _NEVER, _POOR = (f"bo-rltt{number:04d}" for number in (95, 90, 114, 105, 115))
_NEW_DAY = pd.Timestamp("2016-04-08").date()


def _damaged(told: list[Event]) -> Iterator[Event]:
    """The same events, as a careless world would send them."""
    for event in told:
        if isinstance(event, FilmDescribed):
            yield event.model_copy(update={"budget": None}) if event.film_id == _POOR else event
            if event.film_id == _MOVED:
                moved = {"event_id": "moved", "occurred_at": _NOW - 1000, "opens": _NEW_DAY, "release_date": _NEW_DAY}
                yield event.model_copy(update=moved)
        elif isinstance(event, BoxOfficeDay):
            lost = event.film_id == _GAP and event.date.day in (12, 13, 20)
            if event.date == _HOLE or lost or event.film_id == _NEVER:
                continue
            if event.film_id != _REVISED:
                yield event
                continue
            later = {"event_id": f"{event.event_id}-revised", "occurred_at": event.occurred_at + 1}
            revised = event.model_copy(update={**later, "gross": event.gross / 2})
            yield from (event, revised) if event.date.day % 2 else (revised, event)


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """A state whose cycle is to decide on what such a world has sent."""
    base = tmp_path_factory.mktemp("faults")
    context = Context(State.at(base / "state"))
    write_silver(context.state.lake, _damaged(told_by(write_folder(base / "data", 130), _NOW)))
    context.ledger.note(context.ledger.open_or_resume(), as_of=_NOW, silver={"boxoffice": 1})
    return context


@pytest.fixture(scope="module")
def history(context: Context) -> BoxOfficeHistory:
    return film_history(context.state.lake, _NOW)


def test_the_damage_is_there(history: BoxOfficeHistory) -> None:
    daily, releases = history.daily, history.releases.set_index("film_id")
    assert pd.Timestamp(_HOLE) not in set(daily["date"]) and _NEVER not in set(daily["film_id"])
    run = daily[daily["film_id"] == _GAP]
    assert len(run) < (run["date"].max() - run["date"].min()).days + 1
    assert np.isnan(releases.loc[_POOR, "budget"]) and releases.loc[_MOVED, "opens"].date() == _NEW_DAY


def test_what_was_published_later_counts_in_whatever_order_it_came(history: BoxOfficeHistory) -> None:
    first = daily_runs(premieres(130)).query("film_id == 'tt0090'").set_index("date")["gross"]
    run = history.daily[history.daily["film_id"] == _REVISED].set_index("date")["gross"]
    assert len(run) > 50 and run.index.is_unique
    np.testing.assert_allclose(run, first[run.index] / 2)


def test_every_question_before_an_opening_is_answered(history: BoxOfficeHistory) -> None:
    openings = Openings.of(history.releases, history.past, _TODAY, 30)
    fitted = OpeningOutlook.fit(openings, 30)
    made = fitted.forecast(openings).set_index(openings.films["film_id"][openings.coming])
    assert np.isfinite(made.to_numpy()).all() and {_MOVED, _POOR} <= set(made.index)
    assert _NEVER not in made.index, "its day is long past"
    never = (openings.films["film_id"] == _NEVER).to_numpy()
    assert not openings.known[never].any(), "and it is not learned as a zero"
    decision = {"cycle": 1, "occurred_at": _NOW, "model": "stack", "model_version": "v", "feature_version": 1}
    opens = {each.film_id: each.opens for each in events(made, openings, 30, decision)}
    assert opens[_MOVED] == _NEW_DAY


def test_the_market_is_forecast_and_a_lost_day_is_no_zero(context: Context, history: BoxOfficeHistory) -> None:
    made, note = market.forecast(context, 1)
    assert note["known_until"] == "2016-02-24" and len(made) == 4
    assert all(np.isfinite([day.q10, day.q50, day.q90]).all() for each in made for day in each.days)
    known = actual_market(history, OUTBOX.rows(made))
    hole = int(day_number(pd.Timestamp(_HOLE)))
    (filled,) = known.markets[""].on(np.array([hole]))
    assert filled > 0 and np.isnan(known.actual("", np.array([hole]))).all()


def test_a_film_that_moved_meets_its_total_by_all_that_was_forecast_of_it(history: BoxOfficeHistory) -> None:
    told = {"lead": 30, "cycle": 1, "occurred_at": 0, "model": "m", "model_version": "v", "feature_version": 1}
    first, second = (
        {**told, "outlook_id": day, "film_id": "f", "opens": day, "q10": 1.0, "q50": 2.0, "q90": 3.0}
        for day in ("2020-03-06", "2020-07-03")
    )
    films = pd.DataFrame({"film_id": ["f"], "opens": [pd.Timestamp("2020-07-03")]})
    days = pd.date_range("2020-07-03", periods=50)
    daily = pd.DataFrame({"film_id": "f", "date": days, "gross": 0.05})
    came = BoxOfficeHistory(daily, films, films, history.past)
    over = totals_of_ended_runs(came, int(day_number(pd.Timestamp("2020-10-01"))))
    signals = join_actuals(pd.DataFrame([first, second]), over)
    assert signals["decision_id"].to_list() == ["2020-03-06", "2020-07-03"]
    assert signals["actual"].to_list() == pytest.approx([2.5, 2.5]) and signals["covered"].all()


def test_a_run_with_missing_days_is_settled_by_the_days_that_came(history: BoxOfficeHistory) -> None:
    over = totals_of_ended_runs(history, _TODAY).set_index("film_id")["actual"]
    assert over[_GAP] == history.daily[history.daily["film_id"] == _GAP]["gross"].sum()
    assert _NEVER not in over.index
