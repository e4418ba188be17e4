"""When an outlook is fitted anew, what is published, and what comes back of it."""

from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd
import pytest
from dagster import AssetCheckResult, AssetCheckSeverity

from dagster_project import checks
from dagster_project.resources import Loop
from models.base.days import day_number
from models.films.past import PastReleases
from models.outlook.openings import OpeningOutlook, OutlookAccuracy
from pipelines.forecasting.openings import decide, observe, train
from pipelines.lake.box_office import BoxOfficeHistory
from pipelines.lake.expectations import Finding
from pipelines.promotion import drift
from streaming.schema.events import Outlook
from tests.models.test_openings import openings

_HELD, _BROKEN = Finding("coverage", True, "held"), Finding("coverage", False, "40 % of 50 films were inside")


@pytest.fixture(scope="module")
def fitted() -> OpeningOutlook:
    """An outlook fitted on the 105 films whose run was over on the day on which film 110 opened."""
    return OpeningOutlook.fit(openings(110), 30)


def test_a_new_fit_is_made_for_new_films_or_for_drift_and_not_else(fitted: OpeningOutlook) -> None:
    assert train.reason_to_fit(None, openings(110), []) == "none serves yet"
    assert train.reason_to_fit(fitted, openings(129), [_HELD]) is None, "19 films are new"
    assert train.reason_to_fit(fitted, openings(130), [_HELD]) == "20 films have run since the last fit"
    drifted = train.reason_to_fit(fitted, openings(111), [_HELD, _BROKEN])
    assert drifted == "drift: coverage, 40 % of 50 films were inside"
    assert train.reason_to_fit(fitted, openings(110), [_BROKEN]) is None, "there is nothing new to learn from"


def test_drift_is_looked_for_in_what_stands(fitted: OpeningOutlook) -> None:
    asked = openings(140)
    daily = asked.films.assign(date=asked.films["opens"], gross=1e7)
    found = train.findings(fitted, fitted.measured(asked), asked, daily)
    assert [finding.name for finding in found] == [
        "coverage",
        "error against the baseline",
        "features",
        "market regime",
    ]
    assert train.findings(None, None, asked, pd.DataFrame()) == []


def test_an_event_a_coming_film_names_its_model_and_its_question() -> None:
    asked = openings(110, ahead=2)
    made = pd.DataFrame({"q10": [1.0, 4.0], "q50": [2.0, 5.0], "q90": [3.0, 6.0]})
    decision = {"cycle": 3, "occurred_at": 7, "model": "stack", "model_version": "outlook-30/2", "feature_version": 5}
    first, second = decide.events(made, asked, 30, decision)
    assert (first.film_id, first.q10, second.film_id, second.q90) == ("tt0110", 1.0, "tt0111", 6.0)
    assert str(first.opens) == str(asked.films["opens"][110].date())
    again, _ = decide.events(made, asked, 30, decision)
    assert again.event_id == first.event_id != second.event_id, "a repeated cycle sends the same decision"
    assert decide.OUTBOX.rows([first])["outlook_id"].to_list() == [first.event_id]


def _history(*runs: tuple[str, str, list[float]]) -> BoxOfficeHistory:
    rows = [
        (film, pd.Timestamp(opens) + pd.Timedelta(days=day), gross)
        for film, opens, days in runs
        for day, gross in enumerate(days)
    ]
    daily = pd.DataFrame(rows, columns=["film_id", "date", "gross"])
    films = pd.DataFrame({"film_id": [run[0] for run in runs], "opens": [pd.Timestamp(run[1]) for run in runs]})
    return BoxOfficeHistory(daily, films, films, PastReleases(films, daily))


def test_a_total_counts_once_the_run_is_over() -> None:
    short, long, fresh = (
        ("short", "2020-01-03", [5.0] * 50),
        ("long", "2020-01-03", [1.0] * 90),
        ("fresh", "2020-03-01", [9.0]),
    )
    history = _history(short, long, fresh, ("closed", "2020-01-03", [0.0] * 50))  # of nothing no error is a share
    at = int(day_number(pd.Timestamp("2020-03-30")))
    over = observe.totals_of_ended_runs(history, at)
    assert over["film_id"].to_list() == ["short"] and over["actual"].to_list() == [250.0]
    assert set(observe.totals_of_ended_runs(history, at + 40)["film_id"]) == {"short", "long", "fresh"}
    still = _history(("steady", "2020-01-03", [1.0] * 200))
    assert observe.totals_of_ended_runs(still, int(day_number(pd.Timestamp("2020-07-10"))))["film_id"].to_list() == [
        "steady"
    ]


def test_a_run_is_over_once_nothing_was_reported_for_more_than_two_weeks() -> None:
    history = _history(("f", "2020-01-03", [1.0] * 50))
    last = int(day_number(pd.Timestamp("2020-02-21")))
    assert observe.totals_of_ended_runs(history, last + 14).empty
    assert observe.totals_of_ended_runs(history, last + 15)["actual"].to_list() == [50.0]


def _published(cycle: int, film: str, *quantiles: float) -> Outlook:
    told = {
        "occurred_at": 0,
        "lead": 30,
        "opens": "2020-01-03",
        "model": "m",
        "model_version": "v",
        "feature_version": 1,
    }
    q10, q50, q90 = quantiles
    return Outlook.model_validate(
        {"event_id": f"{film}-{cycle}", "film_id": film, "cycle": cycle, "q10": q10, "q50": q50, "q90": q90, **told}
    )


def test_every_outlook_on_a_film_meets_its_total_and_one_that_never_opens_meets_none() -> None:
    made = [_published(1, "a", 80, 100, 130), _published(2, "a", 110, 120, 130), _published(2, "never", 1, 2, 3)]
    totals = pd.DataFrame({"film_id": ["a"], "actual": [100.0], "date": [pd.Timestamp("2020-03-01")]})
    signals = observe.join_actuals(decide.OUTBOX.rows(made), totals)
    assert signals["decision_id"].to_list() == ["a-1", "a-2"] and signals["covered"].to_list() == [True, False]
    assert signals["at"].unique().tolist() == [int(pd.Timestamp("2020-03-02").timestamp() * 1000) - 1]
    accuracy = observe.accuracy_by_cycle(signals)
    assert accuracy[1] == {"30": {"came": 1, "came_mdape": 0.0, "came_cover80": 1.0}}
    assert accuracy[2] == {"30": {"came": 1, "came_mdape": pytest.approx(0.2), "came_cover80": 0.0}}
    assert observe.accuracy_by_cycle(observe.NO_OUTCOMES) == {}


def test_features_that_moved_ask_for_a_fit_and_the_check_warns_or_fails(fitted: OpeningOutlook, tmp_path: Path) -> None:
    asked = openings(140)
    table = asked.task.cases.table
    dearer = table.assign(budget=table["budget"] + 4.0 * (fitted.later(asked) | asked.coming))
    moved = replace(asked, task=replace(asked.task, cases=replace(asked.task.cases, table=dearer)))
    daily = asked.films.assign(date=asked.films["opens"], gross=1e7)
    found = {name: train.findings(fitted, None, each, daily) for name, each in (("as it was", asked), ("moved", moved))}
    assert all(finding.passed for finding in found["as it was"])
    reason = train.reason_to_fit(fitted, moved, found["moved"])
    assert reason is not None and reason.startswith("drift: features") and "budget" in reason
    worse = OutlookAccuracy(films=100, rmsle=1.3, baseline_rmsle=1.2, mdape=0.4, cover80=0.8)
    found["worse"] = [drift.better(worse)]
    told = {name: _checked(tmp_path / name, findings) for name, findings in found.items()}
    assert told["as it was"].passed
    assert (told["moved"].passed, told["moved"].severity) == (False, AssetCheckSeverity.WARN)
    assert (told["worse"].passed, told["worse"].severity) == (False, AssetCheckSeverity.ERROR)
    assert "MOVED" in str(told["moved"].metadata["30 days ahead: features"])


def _checked(state: Path, findings: list[Finding]) -> AssetCheckResult:
    """What the asset check makes of a cycle that found this."""
    loop = Loop(state=str(state))
    number = loop.context.ledger.open_or_resume()
    loop.context.ledger.note(number, outlooks={"leads": {"30": {"drift": [asdict(finding) for finding in findings]}}})
    result = checks.drift(loop)
    assert isinstance(result, AssetCheckResult)
    return result
