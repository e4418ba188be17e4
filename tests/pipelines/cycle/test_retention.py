"""What is removed from a state folder, and what goes on as if nothing had been."""

from pathlib import Path

import deltalake
import pytest
from delta.tables import DeltaTable
from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from jobs import bronze
from jobs.lake import Lake
from jobs.silver import main as silver
from jobs.silver.conservation import count
from pipelines.cycle import retention
from pipelines.platform.context import Context
from pipelines.platform.state import State
from tests.jobs.bronze_rows import FakePartition, Row, film, frame, ids, play

_FILM = "features/film"


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """An empty state folder."""
    return Context(State.at(tmp_path))


@pytest.mark.spark
def test_joined_files_hold_the_same_and_streams_go_on_after_them(
    spark: SparkSession, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_FEW", 2)
    lake, partition = context.lake, FakePartition()
    for number in range(2):
        _ingest(
            spark, lake, [partition.deliver(each) for each in (film(f"f{number}"), play(f"p{number}", f"f{number}"))]
        )
    before, scattered = _contents(spark, lake), [*_files(lake, bronze.TABLE), *_files(lake, "silver/viewing")]
    for _ in range(2):  # what the first joins is still the version before; the second deletes it
        retention.tidy(context.state)
    assert len(scattered) == 4 and all(len(_files(lake, table)) == 1 for table in (bronze.TABLE, "silver/viewing"))
    assert [path for file in scattered for path in file.parent.glob(f"*{file.name}*")] == []
    assert _contents(spark, lake) == before
    _ingest(spark, lake, [partition.deliver(each) for each in (play("p0", "f0"), play("p9", "f9"), play("p2", "f1"))])
    assert ids(spark, lake, "silver/viewing") == ["p0", "p1", "p2"]
    counts = count(spark, lake)
    counts.verify()
    assert (counts.bronze, counts.duplicates, counts.quarantined) == (7, 1, 1)


@pytest.mark.spark
def test_the_versions_of_recent_cycles_stay_readable_and_older_ones_go(
    spark: SparkSession, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CINELOOP_KEPT_CYCLES", "2")
    for number in range(4):
        spark.range(number + 1).write.format("delta").mode("overwrite").save(context.lake.path(_FILM))
        cycle = context.ledger.open_or_resume()
        context.ledger.note(cycle, features={"film": number})
        context.ledger.close(cycle)
    retention.tidy(context.state)
    assert [context.lake.read(spark, _FILM, version).count() for version in (2, 3)] == [3, 4]
    with pytest.raises(Py4JJavaError, match="FILE_NOT_EXIST"):
        context.lake.read(spark, _FILM, 1).collect()
    assert DeltaTable.forPath(spark, context.lake.path(_FILM)).history().count() == 4, "the log is as it was"


def test_a_log_of_more_than_8_mib_is_cut_and_written_on_by_who_holds_it_open(context: Context) -> None:
    long, short = "x" * (8 * 2**20 + 1), "s" * 8 * 2**20
    logs = context.state.root / "logs"
    logs.mkdir()
    (logs / "short.log").write_text(short)
    with (logs / "worker.log").open("a") as log:
        log.write(long)
        log.flush()
        retention.tidy(context.state)
        log.write("later\n")
    texts = {path.name: path.read_text() for path in logs.iterdir()}
    assert sorted(texts) == ["short.log", "worker.log", "worker.log.1"]
    assert texts["short.log"] == short and texts["worker.log"] == "later\n" and texts["worker.log.1"] == long


def test_the_disk_is_told_by_room_in_whole_blocks(context: Context) -> None:
    (context.state.lake / "silver").mkdir(parents=True)
    (context.state.lake / "silver" / "one").write_bytes(b"x")
    context.state.cycles.mkdir()
    with (context.state.cycles / "hollow").open("wb") as hollow:
        hollow.truncate(2**20)
    used = retention.used(context.state)
    assert set(used) == {"lake", "cycles"}
    assert 4096 <= used["lake"] < 4 * 4096, "a byte takes a block, and folders one each"
    assert used["cycles"] < 4096, "what was never written takes nothing"


def _ingest(spark: SparkSession, lake: Lake, rows: list[Row]) -> None:
    frame(spark, rows).coalesce(1).write.format("delta").mode("append").save(lake.path(bronze.TABLE))
    silver.start(spark, lake).awaitTermination()


def _contents(spark: SparkSession, lake: Lake) -> dict[str, list[str]]:
    tables = (bronze.TABLE, "silver/films", "silver/viewing")
    return {table: sorted(map(str, lake.read(spark, table).collect())) for table in tables}


def _files(lake: Lake, table: str) -> list[Path]:
    return [Path(file) for file in deltalake.DeltaTable(lake.path(table)).file_uris()]
