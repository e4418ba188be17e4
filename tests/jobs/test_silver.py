"""Every bronze row finds exactly one place, whatever it holds and however often its batch is tried."""

import json

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from jobs.features.main import FEATURES, newest_event, read_silver
from jobs.lake import Lake
from jobs.silver import batch
from jobs.silver.tables import DUPLICATES, QUARANTINE
from jobs.silver.units import MISTAKEN
from streaming.events import BoxOfficeDay, Trailer
from tests.jobs.bronze_rows import NOW_MS, Broker, day, film, ids, play, rate, read, settle

pytestmark = pytest.mark.spark


def reasons(spark: SparkSession, lake: Lake) -> dict[str, str]:
    rows = lake.read(spark, QUARANTINE).collect()
    return {row["event_id"] or f"offset {row['offset']}": row["reason"] for row in rows}


def test_what_the_lake_cannot_accept_is_quarantined_with_its_reason(spark: SparkSession, lake: Lake) -> None:
    broker = Broker()
    good = play("good", "f1")
    headers = [{"key": "ce_id", "value": b"odd"}, {"key": "ce_type", "value": b"viewing.applause"}]
    body = json.loads(broker.deliver(good)["value"])
    rows = [
        broker.deliver(film("f1")),
        broker.deliver(good),
        broker.deliver(play("new-field", "f1"), value=bytearray(json.dumps({**body, "mood": "happy"}).encode())),
        broker.deliver(rate("nine", "f1", 9)),
        broker.deliver(play("unknown", "f404")),
        broker.deliver(play("1894", "f1", at=-2_400_000_000_000)),
        broker.deliver(play("2999", "f1", at=32_472_144_000_000)),
        broker.deliver(good, headers=headers),
        broker.deliver(play("broken", "f1"), value=bytearray(b'{"occurred_at": 1,')),
        broker.deliver(play("no-film", "f1"), value=bytearray(b'{"occurred_at": 1, "viewer_id": "v"}')),
        broker.deliver(play("letters", "f1"), value=bytearray(b'{"occurred_at": "soon", "viewer_id": "v"}')),
        broker.deliver(day("minus", "f1", "2020-01-01", -5)),
        broker.deliver(day("absurd", "f1", "2020-01-01", 2e9)),
        broker.deliver(play("stray", "f1"), topic="boxoffice.events"),
        broker.deliver(play("nothing", "f1"), value=None),
    ]
    settle(spark, lake, rows, 0)
    assert reasons(spark, lake) == {
        "nine": "rating out of range",
        "unknown": "unknown film",
        "1894": "time before 1895",
        "2999": "time in the future",
        "odd": "unknown type viewing.applause",
        "broken": "malformed body",
        "no-film": "no film_id",
        "letters": "malformed body",
        "minus": "gross out of range",
        "absurd": "gross out of range",
        "stray": "type of another topic: viewing.play",
        "nothing": "empty body",
    }
    assert ids(spark, lake, "silver/viewing") == ["good", "new-field"]
    assert newest_event(read_silver(spark, lake)) == NOW_MS, "a record from 2999 moves no watermark"


def test_an_event_is_kept_once_and_its_doubles_are_accounted_for(spark: SparkSession, lake: Lake) -> None:
    broker = Broker()
    settle(spark, lake, [broker.deliver(film("f1")), *(broker.deliver(play("p", "f1")) for _ in range(3))], 0)
    settle(spark, lake, [broker.deliver(play("p", "f1")), broker.deliver(play("q", "f1"))], 1)
    assert ids(spark, lake, "silver/viewing") == ["p", "q"]
    assert ids(spark, lake, DUPLICATES) == ["p", "p", "p"]
    files = pa.table(DeltaTable(lake.path("silver/viewing")).get_add_actions(flatten=True))
    told = {name for name in files.column_names if name.startswith("min.")}
    assert told == {"min.occurred_at"}, "files are left out by time, and statistics of all columns are dear"


def test_an_event_waits_in_quarantine_for_its_film(spark: SparkSession, lake: Lake) -> None:
    broker = Broker()
    settle(spark, lake, [broker.deliver(play("early", "f1")), broker.deliver(rate("bad", "f1", 9))], 0)
    assert ids(spark, lake, QUARANTINE) == ["bad", "early"]
    settle(spark, lake, [broker.deliver(film("f1"))], 1)
    assert ids(spark, lake, "silver/viewing") == ["early"]
    assert ids(spark, lake, QUARANTINE) == ["bad"]


def test_a_quarantined_twin_does_not_keep_a_good_event_out(spark: SparkSession, lake: Lake) -> None:
    broker = Broker()
    settle(spark, lake, [broker.deliver(film("f1")), broker.deliver(rate("r", "f1", 9))], 0)
    settle(spark, lake, [broker.deliver(rate("r", "f1", 4))], 1)
    assert ids(spark, lake, "silver/viewing") == ["r"]


def test_a_batch_that_died_half_way_is_repeated_without_a_trace(
    spark: SparkSession, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = Broker()
    first = [broker.deliver(play("waits", "f2"))]
    rows = [broker.deliver(event) for event in (film("f1"), film("f2"), play("p", "f1"), play("p", "f1"))]
    rows += [broker.deliver(rate("nine", "f1", 9))]
    settle(spark, lake, first, 0)
    written: list[str] = []
    real = batch.Commit.append

    def dying(self: batch.Commit, frame: object, path: str) -> None:
        real(self, frame, path)  # type: ignore[arg-type]
        written.append(path)
        if len(written) == 2:
            raise RuntimeError("killed after the second write")

    monkeypatch.setattr(batch.Commit, "append", dying)
    with pytest.raises(RuntimeError, match="killed"):
        settle(spark, lake, rows, 1)
    monkeypatch.setattr(batch.Commit, "append", real)
    settle(spark, lake, rows, 1)
    settle(spark, lake, rows, 1)
    assert ids(spark, lake, "silver/films") == ["film-f1", "film-f2"]
    assert ids(spark, lake, "silver/viewing") == ["p", "waits"]
    assert ids(spark, lake, DUPLICATES) == ["p"]
    assert ids(spark, lake, QUARANTINE) == ["nine"]


def test_a_day_in_another_unit_is_quarantined_and_a_film_that_goes_wide_is_not(spark: SparkSession, lake: Lake) -> None:
    broker = Broker()

    def took(name: str, number: int, gross: float, screens: int | None = None, film_id: str = "f1") -> BoxOfficeDay:
        return day(name, film_id, f"2020-03-{number:02d}", gross).model_copy(update={"screens": screens})

    usual = [took(f"u{number}", number, 2e6, 1000) for number in range(1, 6)]
    narrow = [took(f"n{number}", number, 3e4, 4, "f2") for number in range(1, 6)]
    wide = [took(f"w{number}", number, 4e7, 4000, "f2") for number in range(6, 8)]
    films = [broker.deliver(film(name)) for name in ("f1", "f2", "f3")]
    first = [*usual[:4], took("yen", 5, 2e9 / 2.1, 1000), *narrow, *wide, took("alone", 5, 9e8, None, "f3")]
    settle(spark, lake, [*films, *(broker.deliver(each) for each in first)], 0)
    assert reasons(spark, lake) == {"yen": MISTAKEN}, "what has no neighbours cannot be judged by them"
    settle(
        spark, lake, [broker.deliver(took("cents", 8, 2e8 * 3.1, 1000)), broker.deliver(took("yen", 5, 2e6, 1000))], 1
    )
    assert reasons(spark, lake) == {"yen": MISTAKEN, "cents": MISTAKEN}, "neighbours of earlier batches count"
    assert "yen" in ids(spark, lake, "silver/boxoffice"), "sent again as it should be, the day is taken"


@pytest.mark.parametrize("backwards", [False, True])
def test_a_day_and_its_revision_are_both_kept_whatever_came_first(
    spark: SparkSession, lake: Lake, backwards: bool
) -> None:
    broker = Broker()
    days = [day("first", "f1", "2020-01-01", 100.0, NOW_MS), day("revised", "f1", "2020-01-01", 80.0, NOW_MS + 1)]
    told = [film("f1"), *days[:: -1 if backwards else 1], days[0]]
    settle(spark, lake, [broker.deliver(event) for event in told], 0)
    assert ids(spark, lake, "silver/boxoffice") == ["first", "revised"], "both stay, and the newer counts"
    assert ids(spark, lake, DUPLICATES) == ["first"], "a day sent twice is there once"
    panel = FEATURES["film_day"](read_silver(spark, lake), NOW_MS + 1).collect()
    assert [row["gross"] for row in panel] == [80]


def test_a_trailer_names_its_campaign_also_in_a_table_from_before_there_were_any(
    spark: SparkSession, lake: Lake
) -> None:
    broker, table = Broker(), lake.path("silver/viewing")
    settle(spark, lake, [broker.deliver(film("f1")), broker.deliver(play("earlier", "f1"))], 0)
    older = spark.read.format("delta").load(table).drop("campaign_id")
    older.write.format("delta").mode("overwrite").option("overwriteSchema", "true").save(table)
    shown = Trailer(event_id="shown", occurred_at=NOW_MS, viewer_id="v", film_id="f1", campaign_id="c", propensity=0.5)
    settle(spark, lake, [broker.deliver(shown)], 1)
    rows = {row["event_id"]: (row["type"], row["campaign_id"]) for row in lake.read(spark, "silver/viewing").collect()}
    assert rows == {"earlier": ("play", None), "shown": ("trailer", "c")}


def test_reads_need_no_film_and_are_judged_by_their_stars(spark: SparkSession, lake: Lake) -> None:
    broker, good = Broker(), read("good", "s1", 3.5)
    body = json.loads(broker.deliver(good)["value"])
    nameless = {name: value for name, value in body.items() if name != "script_id"}
    rows = [
        broker.deliver(good),
        broker.deliver(read("six", "s1", 6)),
        broker.deliver(read("none", "s1", 0)),
        broker.deliver(read("nameless", "s1", 3), value=bytearray(json.dumps(nameless).encode())),
        broker.deliver(read("filmed", "s1", 3), value=bytearray(json.dumps({**body, "film_id": "f404"}).encode())),
    ]
    settle(spark, lake, rows, 0)
    (kept,) = lake.read(spark, "silver/viewing").collect()
    assert (kept["event_id"], kept["type"], kept["script_id"]) == ("good", "read", "s1")
    assert (kept["film_id"], kept["rating"], kept["propensity"]) == (None, 3.5, 0.5)
    assert reasons(spark, lake) == {
        "six": "rating out of range",
        "none": "rating out of range",
        "nameless": "no script_id",
        "filmed": "a script has no film",
    }
