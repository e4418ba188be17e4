"""Silver tells forecasters what a folder of the same films would, as it was known at a time."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import SparkSession

from jobs.lake import Lake
from models.films.facts import frequent_genres
from models.films.prerelease import prerelease_table
from pipelines.lake.box_office import read_folder
from pipelines.lake.film_history import film_history
from pipelines.platform.errors import NothingThere
from streaming.schema.events import BoxOfficeDay, FilmDescribed
from tests.jobs.bronze_rows import FakePartition, settle
from tests.pipelines.forecasting.box_office_folder import told_by, write_folder
from tests.pipelines.lake.silver_lake import write_silver

_FILMS = 40
_DAY = pd.Timedelta(days=1)


def _ms(moment: str | pd.Timestamp) -> int:
    return int(pd.Timestamp(moment).timestamp() * 1000)


def _evening(day: str | pd.Timestamp) -> int:
    return _ms(pd.Timestamp(day) + _DAY) - 1


@pytest.fixture(scope="module")
def replayed(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder of 40 films, a Friday each, and the lake that its replay makes."""
    base = tmp_path_factory.mktemp("replayed")
    folder = write_folder(base / "data", _FILMS)
    partition = FakePartition()
    lake = Lake(str(base / "lake"), str(base / "checkpoints"))
    settle(spark, lake, [partition.deliver(event) for event in told_by(folder)], 0)
    return folder, base / "lake"


@pytest.mark.spark
def test_features_from_silver_equal_those_from_the_folder(replayed: tuple[Path, Path]) -> None:
    folder, lake = replayed
    theirs, ours = read_folder(folder), film_history(lake, _evening("2016-01-01"))
    named = theirs.releases["release_id"].radd("bo-").to_list()
    assert ours.releases["film_id"].to_list() == named
    assert ours.daily["gross"].sum() == theirs.daily["gross"].sum() > 0
    genres = frequent_genres(theirs.releases)
    for lead in (30, 7):
        wanted = prerelease_table(theirs.releases, theirs.past, lead, genres)
        found = prerelease_table(ours.releases, ours.past, lead, genres)
        pd.testing.assert_frame_equal(found, wanted)
        assert found.notna().to_numpy().mean() > 0.7, "equal, and not because all is missing"


@pytest.mark.spark
def test_nothing_later_than_the_time_asked_for_is_there(replayed: tuple[Path, Path]) -> None:
    now = pd.Timestamp("2014-06-10")  # a Tuesday, 23 films after the first Friday
    known = film_history(replayed[1], _ms(now))
    assert known.daily["date"].max() == now - _DAY, "the day itself is not over"
    opened = known.releases[known.releases["opens"] < now]
    assert len(opened) == len(known.past.films) == 23
    coming = known.releases[known.releases["opens"] >= now]
    assert (coming["opens"] <= now + pd.Timedelta(days=90)).all() and len(coming) == 13
    booked = coming["opens"] <= now + pd.Timedelta(days=7)
    assert coming["theatres"].notna().to_list() == booked.to_list(), "bookings are known a week before"


@pytest.mark.spark
def test_before_anything_was_taken_there_is_no_history(replayed: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(NothingThere, match="no film had taken anything by 2013-12-01"):
        film_history(replayed[1], _ms("2013-12-01"))
    with pytest.raises(NothingThere, match="replay"):
        film_history(tmp_path, _ms("2013-12-01"))


def _described(event_id: str, at: str, film: str = "f1", **facts: Any) -> FilmDescribed:
    told = {"event_id": event_id, "occurred_at": _ms(at), "film_id": film, "title": film, "budget": 1e6, **facts}
    return FilmDescribed.model_validate(told)


def _took(event_id: str, at: int, gross: float, date: str = "2020-03-06", film: str = "f1") -> BoxOfficeDay:
    told = {"event_id": event_id, "occurred_at": at, "film_id": film, "date": date, "gross": gross, "screens": 9}
    return BoxOfficeDay.model_validate(told)


@pytest.mark.parametrize("backwards", [False, True])
def test_a_day_corrected_later_counts_as_corrected_whatever_came_first(tmp_path: Path, backwards: bool) -> None:
    days = [_took("first", _evening("2020-03-06"), 100.0), _took("corrected", _evening("2020-03-09"), 80.0)]
    film = _described("d", "2020-01-01", opens="2020-03-06")
    lake = write_silver(tmp_path, [film, *days[:: -1 if backwards else 1]])
    assert film_history(lake, _evening("2020-03-07")).daily["gross"].to_list() == [100.0]
    assert film_history(lake, _evening("2020-03-10")).daily["gross"].to_list() == [80.0]


def test_openings_move_come_unannounced_or_never_come(tmp_path: Path) -> None:
    events = [
        _described("d1", "2020-01-01", opens="2020-03-06"),
        _described("d1-moved", "2020-02-01", opens="2020-07-03"),
        _described("d2", "2020-01-01", "late", opens="2020-03-06"),
        _took("late", _evening("2020-05-01"), 5.0, "2020-05-01", "late"),
        _described("d3", "2020-01-01", "dateless"),
        _described("d4", "2020-01-01", "never", opens="2020-04-03"),
        _described("d5", "1995-01-01", "old", release_date="1995-12-15"),
        _described("d6", "2020-01-01", "people", opens="2020-06-05", people=["Ann", "Bo"]),
    ]
    known = film_history(write_silver(tmp_path, events), _evening("2020-05-02"))
    opens = dict(zip(known.releases["film_id"], known.releases["opens"].astype(str), strict=True))
    assert opens == {"late": "2020-05-01", "people": "2020-06-05", "f1": "2020-07-03"}
    assert known.past.films["film_id"].to_list() == ["late"]
    stars = known.releases.set_index("film_id")["stars"]
    assert (stars["people"], stars["f1"]) == (("Ann", "Bo"), ()), "where roles are not told, all people are stars"
    assert np.isnan(known.releases.set_index("film_id").loc["f1", "theatres"])
