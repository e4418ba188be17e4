"""Features depend on which events happened by when: not on their order, their doubles, or what came later."""

import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs import local_frame
from jobs.features.interaction_sequence import taken_up, taken_up_by
from jobs.features.main import FEATURES, Silver, read_silver
from jobs.features.segment_taste import joint_amounts
from jobs.features.viewer_taste import viewer_taste
from jobs.lake import Lake
from streaming.schema.events import Complete, Event, Like, Search, ViewerDescribed
from tests.jobs.bronze_rows import NOW_MS, FakePartition, day, film, play, rate, read, settle

pytestmark = pytest.mark.spark
_STEP = 1000
_AS_OF = NOW_MS + 6 * _STEP


def happenings() -> list[Event]:
    """What happens to some, and the same to three times as many others."""
    return [event for others in ("", "-b", "-c", "-d") for event in _happenings(others)]


def _happenings(others: str) -> list[Event]:
    """A little of everything, by two viewers, over two films and two days of box office, one of them corrected."""

    def at(step: int) -> dict[str, Any]:
        return {"occurred_at": NOW_MS + step * _STEP}

    f1, f2, v1, v2, v3 = (f"{name}{others}" for name in ("f1", "f2", "v1", "v2", "v3"))
    events = [
        film(f1, genres=["Crime", "Drama"], people=["Mann"], release_date="1995-12-15"),
        film(f2, genres=["Crime"]),
        described("d1", v1, "25-34", NOW_MS),
        described("d2", v1, "35-44", NOW_MS + 2 * _STEP),
        play("p1", f1, v1, NOW_MS + _STEP),
        Complete(event_id="c1", viewer_id=v1, film_id=f1, **at(2)),
        rate("r1", f1, 4.5, v1, NOW_MS + 3 * _STEP),
        play("p2", f2, v1, NOW_MS + _STEP),
        rate("r2", f2, 1.0, v2, NOW_MS + 4 * _STEP),
        Like(event_id="l1", viewer_id=v2, film_id=f1, **at(5)),
        Search(event_id="s1", viewer_id=v3, query="heist", **at(5)),
        day("b1", f1, "2023-11-10", 100, NOW_MS + _STEP),
        day("b2", f1, "2023-11-11", 300, NOW_MS + 2 * _STEP),
        day("b2-corrected", f1, "2023-11-11", 250, NOW_MS + 3 * _STEP),
    ]
    return [event.model_copy(update={"event_id": f"{event.event_id}{others}"}) for event in events]


def described(event_id: str, viewer_id: str, age_band: str, at: int) -> ViewerDescribed:
    return ViewerDescribed(event_id=event_id, occurred_at=at, viewer_id=viewer_id, age_band=age_band)


def features(silver: Silver) -> dict[str, list[str]]:
    """All feature tables as sorted text."""
    return {name: _rows(name, silver, _AS_OF) for name in FEATURES}


def _rows(name: str, silver: Silver, as_of: int) -> list[str]:
    return sorted(str(row.asDict(recursive=True)) for row in FEATURES[name](silver, as_of).collect())


def _settled(spark: SparkSession, folder: Path, *chunks: list[Event]) -> Silver:
    """Silver, of events that came in chunks; held here, for every feature reads it."""
    lake, partition = Lake(str(folder / "lake"), str(folder / "checkpoints")), FakePartition()
    for number, chunk in enumerate(chunks):
        settle(spark, lake, [partition.deliver(event) for event in chunk], number)
    return {name: table.localCheckpoint() for name, table in read_silver(spark, lake).items()}


@pytest.fixture(scope="module")
def silver(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Silver:
    """What happened, settled once and in order."""
    return _settled(spark, tmp_path_factory.mktemp("in-order"), happenings())


@pytest.fixture(scope="module")
def expected(silver: Silver) -> dict[str, list[str]]:
    return features(silver)


def test_any_order_doubling_and_chunking_gives_the_same_features(
    spark: SparkSession, tmp_path: Path, expected: dict[str, list[str]]
) -> None:
    chance, events = random.Random(7), happenings()
    arriving = [*events, *chance.sample(events, 20)]
    chance.shuffle(arriving)
    cuts = sorted(chance.sample(range(1, len(arriving)), 2))
    settled = _settled(spark, tmp_path, *(arriving[a:b] for a, b in pairwise([0, *cuts, len(arriving)])))
    assert features(settled) == expected


def test_no_feature_as_of_a_time_moves_when_later_events_come_or_scripts_are_read(
    spark: SparkSession, tmp_path: Path, silver: Silver, expected: dict[str, list[str]]
) -> None:
    later = _AS_OF + 1
    future = [
        play("later-play", "f2", "v2", later),
        rate("later-rating", "f1", 0.5, "v1", later),
        play("later-viewer", "f1", "v9", later),
        day("later-day", "f2", "2023-11-12", 999, later),
        day("later-correction", "f1", "2023-11-10", 1, later),
        described("later-age", "v1", "50-55", later),
        film("f1").model_copy(update={"event_id": "later-title", "occurred_at": later, "title": "Renamed"}),
        film("f3").model_copy(update={"occurred_at": later}),
    ]
    reads = [
        read("read-1", "s1", 5, "v1", NOW_MS),
        read("read-2", "s1", 0.5, "v2", _AS_OF),
        read("read-3", "s2", 5, "reader"),
    ]
    foreseen = _settled(spark, tmp_path, [*happenings(), *future, *reads])
    assert foreseen["viewing"].where("type = 'read'").count() == len(reads)
    assert features(foreseen) == expected
    for name in ("viewer_segment", "film", "film_day"):
        assert _rows(name, foreseen, later) != _rows(name, silver, later), "the later events are there, and then count"


def test_what_the_features_say(silver: Silver) -> None:
    sequences = FEATURES["interaction_sequence"](silver, _AS_OF).orderBy("viewer_id", "at", "film_id").toPandas()
    strengths = {viewer: list(rows["strength"]) for viewer, rows in sequences.groupby("viewer_id")}
    assert list(sequences.loc[sequences["viewer_id"] == "v1", "film_id"]) == ["f1", "f2"]
    assert strengths["v1"] == [3.0, 1.0], "watched to the end and rated 4.5; only begun"
    assert strengths["v2"] == [0.5, 2.0], "rated 1; liked without a play"
    assert "v3" not in strengths, "a search takes no film up"
    films = {row["film_id"]: row for row in FEATURES["film"](silver, _AS_OF).collect()}
    assert films["f1"]["gross_to_date"] == 350, "the corrected day counts, and once"
    assert (films["f1"]["plays"], films["f1"]["viewers"]) == (1, 2)
    panel = FEATURES["film_day"](silver, _AS_OF).where("film_id = 'f1'").orderBy("date").collect()
    days = [(row["day"], row["gross"]) for row in panel]
    assert days == [(1, 100), (2, 250)]
    viewers = {row["viewer_id"]: row for row in FEATURES["viewer"](silver, _AS_OF).collect()}
    assert (viewers["v3"]["searches"], viewers["v3"]["films"]) == (1, 0)
    assert viewers["v1"]["rating_half_stars"] == 9


def test_what_was_taken_up_as_of_several_moments_is_what_each_alone_says(silver: Silver) -> None:
    moments = [NOW_MS + step * _STEP for step in (0, 1, 3, 6)]
    alone = [(at, *row) for at in moments for row in taken_up(silver["viewing"], at).collect()]
    assert sorted(tuple(row) for row in taken_up_by(silver["viewing"], moments).collect()) == sorted(alone) != []


def test_a_taste_is_a_share_of_what_was_taken_up_beside_that_of_all(silver: Silver) -> None:
    tastes = FEATURES["viewer_taste"](silver, _AS_OF).where("viewer_id = 'v1'").collect()
    by_value = {row["value"]: row for row in tastes}
    assert set(by_value) == {"Crime", "Drama", "Mann", "1990s", "new"}
    assert (by_value["new"]["facet"], by_value["new"]["share"]) == ("segment", 1.0)
    crime, drama = by_value["Crime"], by_value["Drama"]
    assert (crime["films"], crime["lately"], crime["strength"]) == (2, 2, 8)
    assert (crime["share"], drama["share"]) == (pytest.approx(8 / 14), pytest.approx(6 / 14))
    assert drama["share_of_all"] == pytest.approx(10 / 23), (
        "6 halves of v1 and 4 of v2, among 23 of all genres, four times"
    )


def test_a_viewers_segments_are_the_last_told_and_the_taste_that_stands_out(silver: Silver) -> None:
    rows = FEATURES["viewer_segment"](silver, _AS_OF).collect()
    of = {(row["viewer_id"], row["segment_facet"]): row["segment"] for row in rows}
    assert of[("v1", "age_band")] == "35-44", "the newest word stands"
    assert (of[("v1", "gender")], of[("v2", "age_band")]) == ("untold", "untold")
    assert (of[("v1", "taste")], of[("v2", "taste")]) == ("Crime", "Drama"), "8 of 14 halves, and 4 of 9, beyond all's"
    assert "v3" not in {viewer for viewer, _ in of}, "who took nothing up is in no segment"


def test_a_segments_sums_are_those_of_its_viewers(silver: Silver) -> None:
    rows = FEATURES["segment_taste"](silver, _AS_OF).where("facet = 'genre'").collect()
    cells = {(row["segment_facet"], row["segment"], row["value"]): row for row in rows}
    crime = cells[("all", "all", "Crime")]
    assert (crime["viewers"], crime["members"], crime["amount"], crime["whole"]) == (8, 8, 4 * (8 + 5), 4 * (14 + 9))
    assert (crime["amount_amount"], crime["amount_whole"]) == (4 * (8 * 8 + 5 * 5), 4 * (8 * 14 + 5 * 9))
    assert crime["whole_whole"] == 4 * (14 * 14 + 9 * 9)
    assert cells[("age_band", "35-44", "Drama")]["amount"] == 4 * 6 and ("age_band", "25-34", "Drama") not in cells
    assert {str(row["period"]) for row in rows} == {"2023-11-01"}, "a month, by default"


def test_amounts_of_the_same_segments_name_the_two_largest(silver: Silver) -> None:
    members = FEATURES["viewer_segment"](silver, _AS_OF)
    rows = joint_amounts(silver["viewing"], silver["films"], members, _AS_OF).where("facet = 'genre'").collect()
    told = {(row["age_band"], row["taste"], row["value"]): row for row in rows}
    crime, whole = told[("35-44", "Crime", "Crime")], told[("35-44", "Crime", None)]
    assert (crime["viewers"], crime["amount"], crime["largest"], crime["second"]) == (4, 4 * 8, 8, 8)
    assert (whole["viewers"], whole["amount"], whole["largest"], whole["second"]) == (4, 4 * 14, 14, 14)
    cells = FEATURES["segment_taste"](silver, _AS_OF).where("facet = 'genre' AND segment_facet = 'all'").collect()
    for cell in cells:
        assert sum(row["amount"] for row in rows if row["value"] == cell["value"]) == cell["amount"]


def test_a_segment_is_when_and_how_often_a_viewer_came(spark: SparkSession) -> None:
    day, now = 24 * 3_600_000, 400 * 24 * 3_600_000
    came = {"new": [10, 20], "devoted": [200, *range(40, 50)], "regular": [200, 50], "lapsed": [300, 95]}
    rows = [(who, f"f{n}", "play", now - ago * day, None) for who, days in came.items() for n, ago in enumerate(days)]
    schema = "viewer_id string, film_id string, type string, at bigint, rating double"
    viewing = local_frame.of_rows(spark, rows, schema).withColumns(
        {"occurred_at": F.timestamp_millis("at"), "event_id": F.concat("viewer_id", "film_id")}
    )
    films = local_frame.of_rows(
        spark,
        [],
        "film_id string, title string, genres array<string>, people array<string>, countries array<string>, "
        "release_date date, occurred_at timestamp, event_id string",
    )
    made = viewer_taste(viewing, films, now).where("facet = 'segment'").collect()
    assert {row["viewer_id"]: row["value"] for row in made} == {who: who for who in came}
