"""Every bronze row finds exactly one place, whatever it holds and however often its batch is tried."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from jobs import bronze
from jobs.features.main import FEATURES, read_silver
from jobs.lake import Lake
from jobs.now import now
from jobs.silver import batch
from jobs.silver import main as silver
from jobs.silver.tables import DUPLICATES, QUARANTINE
from jobs.silver.units import MISTAKEN
from pipelines.lake.histories import waiting
from streaming.schema.events import BoxOfficeDay, Trailer
from tests.jobs.bronze_rows import NOW_MS, FakePartition, Row, day, film, frame, ids, play, rate, read, settle

pytestmark = pytest.mark.spark
Batches = tuple[list[Row], list[Row]]


@pytest.fixture(scope="module")
def settled(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake after two batches of cases, each of which has films and names of events to itself."""
    folder, partition = tmp_path_factory.mktemp("cases"), FakePartition()
    lake = Lake(str(folder / "lake"), str(folder / "checkpoints"))
    cases = [
        each(partition) for each in (unacceptable, dated, doubled, namesakes, early, twins, in_units, revised, reads)
    ]
    for number in (0, 1):
        settle(spark, lake, [row for case in cases for row in case[number]], number)
    return lake


@pytest.fixture(scope="module")
def accepted(spark: SparkSession, settled: Lake) -> list[str]:
    """The ids in silver, doubles included."""
    return [each for table in ("films", "viewing", "boxoffice") for each in ids(spark, settled, f"silver/{table}")]


@pytest.fixture(scope="module")
def reasons(spark: SparkSession, settled: Lake) -> dict[str, str]:
    """What is in quarantine, by id, and why."""
    return {row["event_id"]: row["reason"] for row in settled.read(spark, QUARANTINE).collect()}


@pytest.fixture(scope="module")
def duplicates(spark: SparkSession, settled: Lake) -> list[str]:
    """The ids of doubles."""
    return ids(spark, settled, DUPLICATES)


def of(case: str, names: list[str] | dict[str, str]) -> list[str]:
    """The names that begin with that of a case, in order."""
    return sorted(name for name in names if name.startswith(f"{case}-"))


def unacceptable(partition: FakePartition) -> Batches:
    good = play("odd-good", "f1")
    headers = [{"key": "ce_id", "value": b"odd-type"}, {"key": "ce_type", "value": b"viewing.applause"}]
    body = json.loads(partition.deliver(good)["value"])
    return [
        partition.deliver(film("f1")),
        partition.deliver(good),
        partition.deliver(play("odd-field", "f1"), value=bytearray(json.dumps({**body, "mood": "happy"}).encode())),
        partition.deliver(rate("odd-nine", "f1", 9)),
        partition.deliver(play("odd-unknown", "f404")),
        partition.deliver(play("odd-1894", "f1", at=-2_400_000_000_000)),
        partition.deliver(play("odd-2999", "f1", at=32_472_144_000_000)),
        partition.deliver(good, headers=headers),
        partition.deliver(play("odd-broken", "f1"), value=bytearray(b'{"occurred_at": 1,')),
        partition.deliver(play("odd-no-film", "f1"), value=bytearray(b'{"occurred_at": 1, "viewer_id": "v"}')),
        partition.deliver(play("odd-letters", "f1"), value=bytearray(b'{"occurred_at": "soon", "viewer_id": "v"}')),
        partition.deliver(day("odd-minus", "f1", "2020-01-01", -5)),
        partition.deliver(day("odd-absurd", "f1", "2020-01-01", 2e9)),
        partition.deliver(play("odd-stray", "f1"), topic="boxoffice.events"),
        partition.deliver(play("odd-nothing", "f1"), value=None),
    ], []


def dated(partition: FakePartition) -> Batches:
    """Days about the event's own, which is 2023-11-14, and the record's, in 2026."""
    known = film("f10", release_date="1895-03-22", opens="2056-12-31", occurred_at=-2_300_000_000_000)
    described = {
        "1894": {"release_date": "1894-12-31"},
        "2057": {"opens": "2057-01-01"},
        "9999": {"release_date": "9999-12-31"},
    }
    days = {
        "next": "2023-11-15",
        "after": "2023-11-16",
        "2999": "2999-05-03",
        "1895": "1895-01-01",
        "before": "1894-12-31",
    }
    endless = day("dated-endless", "f10", "2023-11-14", 1)
    body = json.loads(partition.deliver(endless)["value"])
    return [
        partition.deliver(known.model_copy(update={"event_id": "dated-film"})),
        *(partition.deliver(film("f10", event_id=f"dated-f{name}", **facts)) for name, facts in described.items()),
        *(partition.deliver(day(f"dated-{name}", "f10", date, 1)) for name, date in days.items()),
        partition.deliver(endless, value=bytearray(json.dumps({**body, "date": "+300000-05-03"}).encode())),
    ], []


def test_days_that_no_film_can_have_are_quarantined(accepted: list[str], reasons: dict[str, str]) -> None:
    assert {name: reasons[name] for name in of("dated", reasons)} == {
        "dated-f1894": "release_date before 1895",
        "dated-f2057": "opens too far ahead",
        "dated-f9999": "release_date too far ahead",
        "dated-after": "date after its event",
        "dated-2999": "date after its event",
        "dated-before": "date before 1895",
        "dated-endless": "date is no date",
    }
    assert of("dated", accepted) == ["dated-1895", "dated-film", "dated-next"]


def test_what_the_lake_cannot_accept_is_quarantined_with_its_reason(
    spark: SparkSession, settled: Lake, accepted: list[str], reasons: dict[str, str]
) -> None:
    assert {name: reasons[name] for name in of("odd", reasons)} == {
        "odd-nine": "rating out of range",
        "odd-unknown": "unknown film",
        "odd-1894": "time before 1895",
        "odd-2999": "time in the future",
        "odd-type": "unknown type viewing.applause",
        "odd-broken": "malformed body",
        "odd-no-film": "no film_id",
        "odd-letters": "malformed body",
        "odd-minus": "gross out of range",
        "odd-absurd": "gross out of range",
        "odd-stray": "type of another topic: viewing.play",
        "odd-nothing": "empty body",
    }
    assert of("odd", accepted) == ["odd-field", "odd-good"]
    reached = now(read_silver(spark, settled), appended=2 * NOW_MS, read={})
    assert reached == NOW_MS, "a record from 2999 moves no watermark"


def test_the_serving_app_reads_what_waits_for_its_film(settled: Lake) -> None:
    found = waiting(Path(settled.root))
    assert found is not None
    assert found[["event_id", "type", "film_id"]].to_numpy().tolist() == [["odd-unknown", "play", "f404"]]


def doubled(partition: FakePartition) -> Batches:
    p, q = play("doubled-p", "f2"), play("doubled-q", "f2")
    first = [film("f2"), p, p, p]
    return [partition.deliver(event) for event in first], [partition.deliver(event) for event in (p, q)]


def test_an_event_is_kept_once_and_its_doubles_are_accounted_for(
    settled: Lake, accepted: list[str], duplicates: list[str]
) -> None:
    assert of("doubled", accepted) == ["doubled-p", "doubled-q"]
    assert of("doubled", duplicates) == ["doubled-p", "doubled-p", "doubled-p"]
    files = pa.table(DeltaTable(settled.path("silver/viewing")).get_add_actions(flatten=True))
    told = {name for name in files.column_names if name.startswith("min.")}
    assert told == {"min.occurred_at"}, "files are left out by time, and statistics of all columns are dear"


def namesakes(partition: FakePartition) -> Batches:
    events = [film("f11", event_id="namesake-1"), play("namesake-1", "f11")]
    return [*map(partition.deliver, events)], [*map(partition.deliver, events)]


def test_events_of_two_kinds_may_have_one_id(accepted: list[str], duplicates: list[str]) -> None:
    assert of("namesake", accepted) == of("namesake", duplicates) == ["namesake-1"] * 2


def early(partition: FakePartition) -> Batches:
    first = [partition.deliver(play("early-good", "f3")), partition.deliver(rate("early-bad", "f3", 9))]
    return first, [partition.deliver(film("f3"))]


def test_an_event_waits_in_quarantine_for_its_film(accepted: list[str], reasons: dict[str, str]) -> None:
    assert of("early", accepted) == ["early-good"]
    assert of("early", reasons) == ["early-bad"]


def twins(partition: FakePartition) -> Batches:
    first = [partition.deliver(film("f4")), partition.deliver(rate("twin-rating", "f4", 9))]
    return first, [partition.deliver(rate("twin-rating", "f4", 4))]


def test_a_quarantined_twin_does_not_keep_a_good_event_out(accepted: list[str], reasons: dict[str, str]) -> None:
    assert of("twin", accepted) == of("twin", reasons) == ["twin-rating"]


def test_a_batch_that_died_half_way_is_repeated_without_a_trace(
    spark: SparkSession, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    partition = FakePartition()
    first = [partition.deliver(play("waits", "f2"))]
    rows = [partition.deliver(event) for event in (film("f1"), film("f2"), play("p", "f1"), play("p", "f1"))]
    rows += [partition.deliver(rate("nine", "f1", 9))]
    rows += [partition.deliver(day(f"day-{n}", "f1", f"2020-03-0{n}", 5e8 if n == 3 else 5e5)) for n in (1, 2, 3)]
    settle(spark, lake, first, 0)
    written: list[str] = []
    real = batch.Commit.append

    def dying(self: batch.Commit, frame: object, path: str) -> None:
        real(self, frame, path)  # type: ignore[arg-type]
        written.append(path)
        if len(written) == 3:
            raise RuntimeError("killed after the third write")

    monkeypatch.setattr(batch.Commit, "append", dying)
    with pytest.raises(RuntimeError, match="killed"):
        settle(spark, lake, rows, 1)
    monkeypatch.setattr(batch.Commit, "append", real)
    settle(spark, lake, rows, 1)
    settle(spark, lake, rows, 1)
    assert ids(spark, lake, "silver/films") == ["film-f1", "film-f2"]
    assert ids(spark, lake, "silver/viewing") == ["p", "waits"]
    assert ids(spark, lake, "silver/boxoffice") == ["day-1", "day-2", "day-3"]
    assert ids(spark, lake, DUPLICATES) == ["p"]
    assert ids(spark, lake, QUARANTINE) == ["nine"], "two days judge no third, though they are met again"


def test_a_stream_whose_rows_were_all_rejected_goes_on(spark: SparkSession, lake: Lake) -> None:
    rows = frame(spark, [FakePartition().deliver(play("rejected", "f404"))])
    rows.write.format("delta").save(lake.path(bronze.TABLE))
    for _ in range(2):
        silver.start(spark, lake).awaitTermination()
    assert ids(spark, lake, QUARANTINE) == ["rejected"]


def in_units(partition: FakePartition) -> Batches:
    def took(name: str, number: int, gross: float, screens: int | None = None, film_id: str = "f5") -> BoxOfficeDay:
        return day(name, film_id, f"2020-03-{number:02d}", gross).model_copy(update={"screens": screens})

    usual = [took(f"unit-{number}", number, 2e6, 1000) for number in range(1, 5)]
    narrow = [took(f"unit-narrow-{number}", number, 3e4, 4, "f6") for number in range(1, 6)]
    wide = [took(f"unit-wide-{number}", number, 4e7, 4000, "f6") for number in range(6, 8)]
    small = [took(f"unit-small-{number}", number, 5e5, 100, "f25") for number in range(1, 5)]
    thousandfold = took("unit-thousandfold", 5, 5e8, 100, "f25")
    revised_twice = [took(f"unit-told-{n}-{again}", n, 5e5, 100, "f26") for n in (3, 4) for again in range(3)]
    first = [
        *usual,
        *small,
        thousandfold,
        took("unit-yen", 5, 2e9 / 2.1, 1000),
        *narrow,
        *wide,
        took("unit-alone", 5, 9e8, None, "f7"),
        *revised_twice,
        took("unit-by-two-days", 5, 5e8, 100, "f26"),
    ]
    second = [took("unit-cents", 8, 2e8 * 3.1, 1000), took("unit-yen", 5, 2e6, 1000)]
    films = [partition.deliver(film(name)) for name in ("f5", "f6", "f7", "f25", "f26")]
    return [*films, *map(partition.deliver, first)], [*map(partition.deliver, second)]


def test_a_day_in_another_unit_is_quarantined_and_a_film_that_goes_wide_is_not(
    accepted: list[str], reasons: dict[str, str]
) -> None:
    mistaken = {name: reasons[name] for name in of("unit", reasons)}
    assert mistaken == dict.fromkeys(("unit-yen", "unit-thousandfold", "unit-cents"), MISTAKEN), (
        "neighbours of earlier batches count"
    )
    assert {"unit-alone", "unit-wide-6"} <= set(accepted), "what has no neighbours cannot be judged by them"
    assert "unit-by-two-days" in accepted, "two days judge no third, however often each of them was told"
    assert "unit-yen" in accepted, "sent again as it should be, the day is taken"


def revised(partition: FakePartition) -> Batches:
    rows: list[Row] = []
    for film_id, step in (("f8", 1), ("f9", -1)):
        first = day(f"revised-{film_id}-first", film_id, "2020-01-01", 100.0, NOW_MS - 1)
        days = [first, day(f"revised-{film_id}-second", film_id, "2020-01-01", 80.0, NOW_MS)]
        rows += [partition.deliver(event) for event in (film(film_id), *days[::step], first)]
    return rows, []


@pytest.mark.parametrize("film_id", ["f8", "f9"], ids=["the first first", "the revision first"])
def test_a_day_and_its_revision_are_both_kept_whatever_came_first(
    spark: SparkSession, settled: Lake, accepted: list[str], duplicates: list[str], film_id: str
) -> None:
    case = f"revised-{film_id}"
    assert of(case, accepted) == [f"{case}-first", f"{case}-second"], "both stay, and the newer counts"
    assert of(case, duplicates) == [f"{case}-first"], "a day sent twice is there once"
    panel = FEATURES["film_day"](read_silver(spark, settled), NOW_MS).where(f"film_id = '{film_id}'").collect()
    assert [row["gross"] for row in panel] == [80]


def test_a_trailer_names_its_campaign_also_in_a_table_from_before_there_were_any(
    spark: SparkSession, lake: Lake
) -> None:
    partition, table = FakePartition(), lake.path("silver/viewing")
    settle(spark, lake, [partition.deliver(film("f1")), partition.deliver(play("earlier", "f1"))], 0)
    older = spark.read.format("delta").load(table).drop("campaign_id")
    older.write.format("delta").mode("overwrite").option("overwriteSchema", "true").save(table)
    shown = Trailer(event_id="shown", occurred_at=NOW_MS, viewer_id="v", film_id="f1", campaign_id="c", propensity=0.5)
    settle(spark, lake, [partition.deliver(shown)], 1)
    rows = {row["event_id"]: (row["type"], row["campaign_id"]) for row in lake.read(spark, "silver/viewing").collect()}
    assert rows == {"earlier": ("play", None), "shown": ("trailer", "c")}


def reads(partition: FakePartition) -> Batches:
    good = read("read-good", "s1", 3.5)
    body = json.loads(partition.deliver(good)["value"])
    nameless = {name: value for name, value in body.items() if name != "script_id"}
    filmed = {**body, "film_id": "f404"}
    return [
        partition.deliver(good),
        partition.deliver(read("read-six", "s1", 6)),
        partition.deliver(read("read-none", "s1", 0)),
        partition.deliver(read("read-nameless", "s1", 3), value=bytearray(json.dumps(nameless).encode())),
        partition.deliver(read("read-filmed", "s1", 3), value=bytearray(json.dumps(filmed).encode())),
    ], []


def test_reads_need_no_film_and_are_judged_by_their_stars(
    spark: SparkSession, settled: Lake, reasons: dict[str, str]
) -> None:
    (kept,) = settled.read(spark, "silver/viewing").where("type = 'read'").collect()
    assert (kept["event_id"], kept["script_id"]) == ("read-good", "s1")
    assert (kept["film_id"], kept["rating"], kept["propensity"]) == (None, 3.5, 0.5)
    assert {name: reasons[name] for name in of("read", reasons)} == {
        "read-six": "rating out of range",
        "read-none": "rating out of range",
        "read-nameless": "no script_id",
        "read-filmed": "a script has no film",
    }
