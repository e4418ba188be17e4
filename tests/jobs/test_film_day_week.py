"""The weekly log adds up to the panel of any week's end, whatever was revised, described late or taken abroad."""

import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from pyspark.sql import SparkSession

from jobs.features.film_day import film_day
from jobs.features.film_day_week import Weeks
from jobs.features.main import read_silver, write_weeks
from jobs.lake import Lake
from pipelines.forecasting.backtest import known_by_week
from pipelines.forecasting.backtest.known_by_week import BoxOfficeLog, EventCounts
from pipelines.lake import frames
from streaming.schema.events import BoxOfficeDay, Event, FilmDescribed
from tests.pipelines.lake.silver_lake import write_silver

pytestmark = pytest.mark.spark
BEGINNING = date(2000, 1, 3)
MONDAYS = [pd.Timestamp(day) for day in ("2020-01-06", "2020-01-13", "2020-01-20", "2020-01-27")]


def ms(moment: str) -> int:
    return int(pd.Timestamp(moment).timestamp() * 1000)


def day(film: str, of: str, gross: float, told: str, territory: str = "US", screens: int | None = 5) -> BoxOfficeDay:
    facts = {"film_id": film, "date": of, "gross": gross, "territory": territory, "screens": screens}
    return BoxOfficeDay.model_validate(
        {"event_id": f"{film} {of} {territory} {told}", "occurred_at": ms(told), **facts}
    )


def film(name: str, told: str, *genres: str) -> FilmDescribed:
    facts = {"film_id": name, "title": name, "genres": list(genres)}
    return FilmDescribed.model_validate({"event_id": f"{name} {told}", "occurred_at": ms(told), **facts})


def events() -> list[Event]:
    """Two films over four weeks; the first second of a Monday is that week's."""
    return [
        film("a", "1999-06-01 12:00", "Crime"),
        day("a", "2020-01-11", 100.6, "2020-01-11 23:00"),
        day("a", "2020-01-12", 200, "2020-01-12 23:59:59.999"),
        day("a", "2020-01-12", 40.5, "2020-01-13 00:00", "CA", None),
        day("b", "2020-01-12", 70, "2020-01-12 20:00"),
        day("b", "2020-01-12", 75, "2020-01-12 21:00"),
        day("a", "2020-01-11", 90, "2020-01-14 09:00"),
        day("b", "2020-01-10", 30, "2020-01-22 09:00"),
        film("b", "2020-01-21 08:00", "Drama", "War"),
        film("a", "2020-01-28 08:00"),
        day("a", "2020-01-12", 44, "2020-01-29 10:00", "CA", 3),
    ]


def span(first: pd.Timestamp = MONDAYS[0], last: pd.Timestamp = MONDAYS[-1]) -> Weeks:
    return Weeks(first.date(), last.date(), BEGINNING)


EVERYTHING = Weeks(BEGINNING, MONDAYS[-1].date(), BEGINNING)


def rows(lake: Lake) -> pd.DataFrame:
    from deltalake import DeltaTable

    table = DeltaTable(lake.path(known_by_week.TABLE)).to_pandas()
    return table.sort_values(["week", "film_id", "territory", "date"], ignore_index=True)


def log(lake: Lake) -> BoxOfficeLog:
    return known_by_week.read(Path(lake.root))


@pytest.fixture(scope="module")
def whole(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake whose log holds all weeks."""
    folder = tmp_path_factory.mktemp("weeks")
    lake = Lake(str(folder / "lake"), str(folder / "checkpoints"))
    write_silver(folder / "lake", events())
    write_weeks(spark, lake, EVERYTHING)
    return lake


@pytest.mark.parametrize("week", MONDAYS)
def test_the_log_up_to_a_week_is_the_panel_of_its_end(spark: SparkSession, whole: Lake, week: pd.Timestamp) -> None:
    end = ms(str(week + pd.Timedelta(days=7))) - 1
    silver = read_silver(spark, whole)
    expected = frames.panel(film_day(silver["boxoffice"], silver["films"], end))
    assert_frame_equal(log(whole).panel(week), expected, check_dtype=False)


def test_a_word_stands_in_the_week_in_which_it_was_said(whole: Lake) -> None:
    log_of = log(whole)
    panels = {week: log_of.panel(week).set_index(["film_id", "date"]) for week in MONDAYS}
    revised, abroad = ("a", pd.Timestamp("2020-01-11")), ("a", pd.Timestamp("2020-01-12"))
    assert [panels[week].loc[revised, "gross"] for week in MONDAYS] == [101, 90, 90, 90]
    assert [panels[week].loc[abroad, "gross"] for week in MONDAYS] == [200, 241, 241, 244]
    genres = [panels[week].loc[("b", pd.Timestamp("2020-01-12")), "genres"] for week in MONDAYS]
    assert genres == ["", "", "Drama|War", "Drama|War"]
    days = [panels[week].loc[("b", pd.Timestamp("2020-01-12")), "day"] for week in MONDAYS]
    assert days == [1, 1, 3, 3], "a day that is told late moves the opening, from then on"


def test_every_event_counts_once_and_the_first_week_holds_what_came_before(whole: Lake) -> None:
    log_of, told = log(whole), EventCounts.read(Path(whole.root))
    assert log_of.events.to_dict() == told.events.to_dict()
    assert log_of.events.sum() == len(events()) and log_of.events.loc[pd.Timestamp(BEGINNING)] == 1
    assert told.behind(log_of) == [] and told.newest == pd.Timestamp("2020-01-29")


def test_writing_again_or_in_parts_changes_nothing(spark: SparkSession, whole: Lake, lake: Lake) -> None:
    write_silver(Path(lake.root), events())
    write_weeks(spark, lake, span(MONDAYS[2], MONDAYS[3]))
    write_weeks(spark, lake, Weeks(BEGINNING, MONDAYS[1].date(), BEGINNING))
    assert_frame_equal(rows(lake), rows(whole))
    write_weeks(spark, lake, span(MONDAYS[1], MONDAYS[2]))
    assert_frame_equal(rows(lake), rows(whole))


def test_an_event_that_comes_late_moves_its_own_week_only(spark: SparkSession, whole: Lake, lake: Lake) -> None:
    shutil.copytree(whole.root, lake.root)
    before = rows(lake)
    write_silver(Path(lake.root), [day("b", "2020-01-12", 80, "2020-01-15 10:00")])
    assert EventCounts.read(Path(lake.root)).behind(log(lake)) == [MONDAYS[1]]
    write_weeks(spark, lake, span(MONDAYS[1], MONDAYS[1]))
    after = rows(lake)
    other = [frame[frame["week"] != MONDAYS[1].date()].reset_index(drop=True) for frame in (before, after)]
    assert_frame_equal(*other)
    assert len(after) == len(before) + 1 and EventCounts.read(Path(lake.root)).behind(log(lake)) == []
