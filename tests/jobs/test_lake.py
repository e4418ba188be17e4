"""The lake's tables: rows of a cycle stand there once, however often the cycle is repeated."""

import pytest
from pyspark import SparkConf
from pyspark.sql import DataFrame, SparkSession

from jobs import local_frame
from jobs.errors import BadSetting
from jobs.lake import Lake, transactions
from jobs.session import configuration
from jobs.settings import batch_records, queries

_SCHEMA = "cycle int, film_id string"


@pytest.mark.spark
@pytest.mark.parametrize("marked", [True, False], ids=["marked", "made without marks"])
def test_a_cycle_that_is_repeated_replaces_its_own_rows_and_no_others(
    spark: SparkSession, lake: Lake, marked: bool
) -> None:
    def rows(cycle: int, *films: str) -> DataFrame:
        return local_frame.of_rows(spark, [(cycle, film) for film in films], _SCHEMA)

    def write(cycle: int, *films: str) -> None:
        lake.replace(rows(cycle, *films), "decisions/some", "cycle", cycle)

    def standing() -> list[tuple[int, str]]:
        return sorted((row["cycle"], row["film_id"]) for row in lake.read(spark, "decisions/some").collect())

    if marked:
        write(1, "a", "b")
    else:
        rows(1, "a", "b").write.format("delta").save(lake.path("decisions/some"))
    write(2, "c", "d")
    write(2, "e")
    assert standing() == [(1, "a"), (1, "b"), (2, "e")]
    write(1, "f")
    write(3, "g")
    assert standing() == [(1, "f"), (2, "e"), (3, "g")]
    assert transactions(spark, lake.path("decisions/some")) == {"cycle": 3}


def test_queries_are_compiled_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CINELOOP_QUERIES")
    assert queries() == "compiled"
    monkeypatch.setenv("CINELOOP_QUERIES", "interpreted")
    assert queries() == "interpreted"
    monkeypatch.setenv("CINELOOP_QUERIES", "fast")
    with pytest.raises(BadSetting, match="compiled, interpreted"):
        queries()


def test_a_batch_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CINELOOP_BATCH_RECORDS", raising=False)
    assert batch_records() == 1_000_000
    monkeypatch.setenv("CINELOOP_BATCH_RECORDS", "500")
    assert batch_records() == 500
    for unfit in ("0", "-1", "many"):
        monkeypatch.setenv("CINELOOP_BATCH_RECORDS", unfit)
        with pytest.raises(BadSetting, match="whole number above 0"):
            batch_records()


def test_what_a_submitter_has_set_is_left_alone_but_for_delta_and_the_time_zone() -> None:
    ours = configuration(None)
    submitted = SparkConf(loadDefaults=False).set("spark.sql.shuffle.partitions", "64")
    submitted.set("spark.sql.session.timeZone", "America/New_York")
    told = configuration(submitted)
    assert "spark.sql.shuffle.partitions" in ours.keys() - told.keys()
    assert "spark.master" in ours.keys() - told.keys(), "nor is it told where to run"
    assert told["spark.sql.session.timeZone"] == "UTC"
    assert told["spark.sql.adaptive.enabled"] == ours["spark.sql.adaptive.enabled"], "what was left open is set"
