"""The forecaster as if it had run all along: nothing later is known, and a week alone is as among others."""

import fcntl
import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from pyspark.sql import SparkSession
from typer.testing import CliRunner

from jobs.features import main as features
from jobs.features.film_day_week import Weeks
from models.forecasters import members
from pipelines.cli.main import app
from pipelines.forecasting.backtest import cycle, decide, observe
from pipelines.forecasting.backtest.decide import FORECASTS, Quarter
from pipelines.forecasting.backtest.known_by_week import BoxOfficeLog
from pipelines.lake import delta
from pipelines.platform.context import Context
from pipelines.platform.errors import LogBehind
from pipelines.platform.state import State
from pipelines.platform.weeks import learned_until, quarter_of, whole_weeks
from tests.pipelines.forecasting.box_office_history import events, log_of, panel, write_state
from tests.pipelines.lake.silver_lake import write_silver

WEEKS = [pd.Timestamp(day) for day in ("2021-06-21", "2021-06-28", "2021-07-05", "2021-07-12")]


def made(log: BoxOfficeLog, *weeks: pd.Timestamp) -> list[Quarter]:
    return list(decide.quarters(log, weeks, lambda step: None, lambda done, total: None))


def forecasts(log: BoxOfficeLog, *weeks: pd.Timestamp) -> pd.DataFrame:
    return pd.concat([quarter.made for quarter in made(log, *weeks)], ignore_index=True)


@pytest.fixture(scope="module")
def whole() -> pd.DataFrame:
    """The forecasts of four weeks of two quarters, made together."""
    return forecasts(log_of(panel()), *WEEKS)


def test_a_week_alone_is_the_same_as_among_others(whole: pd.DataFrame) -> None:
    alone = forecasts(log_of(panel()), WEEKS[1])
    assert_frame_equal(alone, whole[whole["week"] == WEEKS[1]].reset_index(drop=True), check_exact=True)


def test_what_is_told_after_a_week_changes_nothing_of_it(whole: pd.DataFrame) -> None:
    end = WEEKS[1] + pd.Timedelta(days=6)
    later = panel().assign(gross=lambda rows: rows["gross"].where(rows["date"] <= end, 7e8))
    assert_frame_equal(
        forecasts(log_of(later), WEEKS[1]), whole[whole["week"] == WEEKS[1]].reset_index(drop=True), check_exact=True
    )
    changed = forecasts(log_of(later), WEEKS[2])
    assert not changed["q50"].equals(whole.loc[whole["week"] == WEEKS[2], "q50"].reset_index(drop=True))


def test_a_quarter_learns_what_was_known_on_its_first_monday(whole: pd.DataFrame) -> None:
    known = log_of(panel()).panel(pd.Timestamp("2021-06-28"))
    assert known["date"].max() == pd.Timestamp("2021-07-04"), "the Sunday before 5 July"
    model = members()["quantile_trees"]().fit(known)
    now = log_of(panel()).panel(WEEKS[3])
    expected = model.forecast(now, pd.Timestamp("2021-07-18"))
    got = whole[whole["week"] == WEEKS[3]].reset_index(drop=True)
    assert_frame_equal(got[["film_id", "date", "q10", "q50", "q90"]], expected.drop(columns="horizon"))
    assert set(got["model"]) == {"quantile_trees"} and set(got["events"]) == {int(log_of(panel()).known(WEEKS[3]))}


def test_a_quarter_with_too_little_to_learn_from_says_so() -> None:
    (first,) = made(log_of(panel()), pd.Timestamp("2021-03-01"))
    assert first.made.empty and first.name == "2021Q1" and first.skipped is not None
    assert "ingest more of the box office" in first.skipped


def test_weeks_are_whole_and_quarters_begin_on_their_first_monday() -> None:
    assert whole_weeks(pd.Timestamp("2019-01-01"), pd.Timestamp("2019-01-19")) == [pd.Timestamp("2019-01-07")]
    assert whole_weeks(pd.Timestamp("2019-01-08"), pd.Timestamp("2019-01-19")) == []
    assert learned_until(pd.Timestamp("2019-02-11")) == pd.Timestamp("2018-12-31"), "over on Monday 7 January"
    assert learned_until(pd.Timestamp("2018-01-01")) == pd.Timestamp("2017-12-25")
    assert quarter_of(pd.Timestamp("2019-03-25")) == "2019Q1"


def test_errors_are_of_the_days_that_came() -> None:
    day = pd.Timestamp("2021-06-28")
    told = pd.DataFrame(
        [
            (WEEKS[0], "a", day, 5.0, 10.0, 20.0, 30.0),
            (WEEKS[0], "b", day, 5.0, 10.0, 20.0, 10.0),
            (WEEKS[1], "a", day, 0.0, 1.0, 2.0, 2.0),
        ],
        columns=["week", "film_id", "date", "q10", "q50", "q90", "baseline"],
    )
    came = observe.join_actuals(told, pd.DataFrame({"film_id": ["a"], "date": [day], "gross": [20.0]}))
    first, second = delta.records(observe.accuracy_by(came, came["week"]))
    expected = {"week": WEEKS[0], "films": 1, "days": 1, "wape": 0.5, "baseline_wape": 0.5, "cover80": 1.0}
    assert first == expected
    assert (second["wape"], second["baseline_wape"], second["cover80"]) == (0.95, 0.9, 0.0)


@pytest.fixture(scope="module")
def state(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> State:
    """A state with a box office until 29 July 2021, which was asked of four weeks."""
    state = State.at(write_state(tmp_path_factory.mktemp("backtest") / "state"))
    done = _run(state, "--from", "2021-06-20", "--to", "2021-07-18", "--json")
    assert done.exit_code == 0, done.output
    (state.root / "said.json").write_text(done.stdout)
    return state


def _run(state: State, *words: str) -> Any:
    return CliRunner().invoke(app, ["backtest", *words, "--state", str(state.root)], env={"COLUMNS": "160"})


def _dated(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(**{name: pd.to_datetime(rows[name]).astype("datetime64[ns]") for name in ("week", "date")})


def _table(state: State, name: str = FORECASTS) -> pd.DataFrame:
    rows = delta.read(state.lake, name)
    assert rows is not None
    return rows.sort_values(["week", "film_id", "date"] if name == FORECASTS else "week", ignore_index=True)


@pytest.mark.spark
def test_the_verb_tells_quarters_and_draws_the_weeks(state: State, whole: pd.DataFrame) -> None:
    said = json.loads((state.root / "said.json").read_text())
    assert [row["quarter"] for row in said["quarters"]] == ["2021Q2", "2021Q3"]
    assert [row["weeks"] for row in said["quarters"]] == [2, 2] and said["skipped"] == {}
    assert [row["week"] for row in said["weeks"]] == [str(week.date()) for week in WEEKS]
    assert all(row["wape"] < row["baseline_wape"] for row in said["quarters"]), "its law is easily learned"
    assert Path(said["picture"]).read_bytes().startswith(b"\x89PNG")
    assert _table(state)["events"].nunique() == len(WEEKS)
    assert_frame_equal(_dated(_table(state)), _dated(whole), check_exact=True)


@pytest.mark.spark
def test_what_stands_is_not_made_again_and_what_is_comes_out_the_same(state: State) -> None:
    before, accuracy = _table(state), _table(state, observe.ACCURACY)
    again = _run(state, "--from", "2021-06-20", "--to", "2021-07-18")
    assert again.exit_code == 0 and "0 of 4 weeks were forecast now" in again.stdout and "2021Q3" in again.stdout
    anew = _run(state, "--from", "2021-06-28", "--to", "2021-07-04", "--anew", "--json")
    assert json.loads(anew.stdout)["facts"]["made"] == 1
    assert_frame_equal(_table(state), before, check_exact=True)
    assert_frame_equal(_table(state, observe.ACCURACY), accuracy, check_exact=True)


@pytest.mark.spark
@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (("--from", "2021-07-10", "--to", "2021-06-01"), "is later than --to 2021-06-01: give the earlier day first"),
        (("--from", "2021-06-01", "--to", "2021-07-30"), "beyond the newest box office, of 2021-07-29"),
        (("--from", "2021-07-06", "--to", "2021-07-18"), None),
        (("--from", "2021-07-06", "--to", "2021-07-17"), "no week from Monday to Sunday lies"),
        (
            (
                "--from",
                "1999-07-06",
            ),
            "before 2000-01-03, where the history begins",
        ),
    ],
)
def test_days_that_cannot_be_asked_for_are_refused(state: State, words: tuple[str, ...], cure: str | None) -> None:
    done = _run(state, *words)
    assert done.exit_code == (1 if cure else 0), done.output
    assert cure is None or ("BadPeriod: " in done.output and cure in done.output)


def test_a_state_without_a_box_office_is_refused(tmp_path: Path) -> None:
    done = _run(State.at(tmp_path), "--from", "2021-06-01")
    assert done.exit_code == 1 and "no box office" in done.output and "`cineloop run --once --data" in done.output


@pytest.mark.spark
def test_it_waits_for_nobody_else_at_work(state: State) -> None:
    with (state.root / "cycle.lock").open("a+") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        done = _run(state, "--from", "2021-06-20")
    assert done.exit_code == 1 and "is at work in" in done.output and "wait for it, or stop it" in done.output


@pytest.mark.spark
def test_a_late_event_makes_its_week_and_later_ones_anew(
    state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = State.at(shutil.copytree(state.root, tmp_path / "state"))
    before = _table(state)
    (day,) = [event for event in events() if event.event_id == "film-042 2021-07-02"]
    late = {"event_id": "late", "gross": 9 * day.gross, "occurred_at": day.occurred_at + 1}
    write_silver(state.lake, [day.model_copy(update=late)])
    with pytest.raises(LogBehind, match="1 weeks of features/film_day_week from 2021-06-28 to 2021-06-28"):
        cycle.write_forecasts(Context(state), WEEKS, lambda step: None)
    written: list[Weeks] = []
    write = features.write_weeks
    monkeypatch.setattr(features, "write_weeks", lambda *parts: (written.append(parts[2]), write(*parts)))
    done = _run(state, "--from", "2021-06-20", "--to", "2021-07-18", "--json")
    assert json.loads(done.stdout)["facts"]["made"] == 3, "the week before it stands"
    assert [(str(weeks.first), str(weeks.last)) for weeks in written] == [("2021-06-28", "2021-06-28")]
    after, first = _table(state), WEEKS[0].date()
    assert_frame_equal(before[before["week"] == first], after[after["week"] == first], check_exact=True)
    assert not after["q50"].equals(before["q50"])
