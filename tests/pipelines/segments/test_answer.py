"""What is published of segments: each period once and for good, whatever comes later; and how it is told."""

import json
from pathlib import Path

import pandas as pd
import pytest
from pyspark.sql import SparkSession
from typer.testing import CliRunner

from jobs import releases
from jobs.errors import BadSetting as BadPeriod
from jobs.settings import period
from pipelines.cli.main import app
from pipelines.cycle import features
from pipelines.lake import delta
from pipelines.platform.context import Context
from pipelines.platform.errors import BadSetting, NothingThere
from pipelines.platform.state import State
from pipelines.segments import answer as audience
from pipelines.segments import cycle as segments
from streaming.schema.events import Event, ViewerDescribed
from tests.jobs.bronze_rows import FakePartition, film, play, settle

_DAY = 24 * 3_600_000
_JANUARY, _FEBRUARY, _MARCH = (
    int(pd.Timestamp(day).timestamp() * 1000) for day in ("2023-01-01", "2023-02-01", "2023-03-01")
)


def month(begins: int, viewers: int = 120, crime: int = 60) -> list[Event]:
    """Plays of a month: of a crime film by the first viewers, of a drama by all."""
    one = [play(f"crime-{begins}-{number}", "f1", f"v{number:03d}", begins + number) for number in range(crime)]
    return one + [
        play(f"drama-{begins}-{number}", "f2", f"v{number:03d}", begins + number) for number in range(viewers)
    ]


@pytest.fixture(scope="module")
def world(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> tuple[Context, FakePartition]:
    """A state whose silver holds a month; the tests below go on from one another."""
    context, partition = Context(State.at(tmp_path_factory.mktemp("segments"))), FakePartition()
    told = [
        ViewerDescribed(event_id=f"d{n}", occurred_at=0, viewer_id=f"v{n:03d}", gender="female" if n % 2 else "male")
        for n in range(120)
    ]
    films = [film("f1", occurred_at=0, genres=["Crime"]), film("f2", occurred_at=0, genres=["Drama"])]
    settle(spark, context.lake, [partition.deliver(event) for event in [*films, *told, *month(_JANUARY)]], 0)
    return context, partition


def cycle(context: Context, as_of: int, *, features_anew: bool = True) -> dict:
    """The stages of a cycle that lead to a release."""
    before = context.ledger.records()
    number = context.ledger.open_or_resume()
    context.ledger.note(number, as_of=as_of, features=before[-1]["features"] if before else {})
    for name in ("viewer_segment", "segment_taste") if features_anew else ():
        features.write(context, number, name)
    note = segments.release(context, number)
    context.ledger.close(number)
    return note


def published(context: Context) -> pd.DataFrame:
    rows = delta.read(context.state.lake, releases.SEGMENT_TASTE)
    assert rows is not None
    return rows.sort_values(["period", "segment_facet", "segment", "value"], ignore_index=True)


@pytest.mark.spark
def test_a_period_is_published_when_it_is_over_and_never_again(
    world: tuple[Context, FakePartition], spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, partition = world
    assert cycle(context, _FEBRUARY + 3 * _DAY)["periods"] == [], "late events may still come"
    assert cycle(context, _FEBRUARY + 4 * _DAY, features_anew=False)["periods"] == ["2023-01-01"]
    first = published(context)
    assert set(first["segment"]) >= {"all", "female", "male"}
    everybody = first[(first["segment_facet"] == "all") & (first["value"] == "Crime")].iloc[0]
    assert (everybody["viewers"], everybody["share"]) == (60, pytest.approx(1 / 3, abs=1e-3))
    segments.release(context, 2)
    pd.testing.assert_frame_equal(published(context), first, obj="what a repeated cycle leaves")
    late = [play("late", "f1", "v119", _JANUARY + 99)]
    settle(spark, context.lake, [partition.deliver(event) for event in late], 1)
    assert cycle(context, _FEBRUARY + 5 * _DAY)["periods"] == []
    pd.testing.assert_frame_equal(published(context), first, obj="what a late event leaves")
    cells = delta.read(context.state.lake, "features/segment_taste")
    assert cells is not None and 2 * 61 in cells.loc[cells["segment_facet"] == "all", "amount"].tolist(), (
        "the late play is known"
    )
    monkeypatch.setenv("CINELOOP_PERIOD", "week")
    with pytest.raises(BadSetting, match="CINELOOP_PERIOD=month"):
        segments.release(context, 3)


@pytest.mark.spark
def test_the_verb_tells_what_was_published_and_what_rises(
    world: tuple[Context, FakePartition], spark: SparkSession
) -> None:
    context, partition = world
    settle(spark, context.lake, [partition.deliver(event) for event in month(_FEBRUARY, crime=120)], 2)
    cycle(context, _MARCH + 4 * _DAY)
    said = CliRunner().invoke(app, ["segments", "--of", "gender", "--state", str(context.state.root), "--json"])
    answer = json.loads(said.stdout)
    assert answer["facts"]["period"] == "2023-02-01" and answer["facts"]["periods"] == 2
    assert {row["segment"] for row in answer["tastes"]} == {"female", "male"}
    rising = {(row["segment"], row["value"]): row["trend"] for row in answer["trends"]}
    assert rising[("female", "Crime")] == "rising" and rising[("male", "Drama")] == "falling"
    plain = CliRunner().invoke(app, ["segments", "female", "--state", str(context.state.root)])
    assert plain.exit_code == 0 and "tastes in the month from 2023-02-01" in plain.stdout


def test_a_period_of_no_calendar_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CINELOOP_PERIOD", "fortnight")
    with pytest.raises(BadPeriod, match="week, month, quarter"):
        period()


def test_nothing_published_and_nothing_of_a_name_are_told(tmp_path: Path) -> None:
    with pytest.raises(NothingThere, match="no period"):
        audience.published(tmp_path)
    rows = pd.DataFrame(
        [
            {
                **{"period": pd.Timestamp("2023-01-01").date(), "kind": "month", "cycle": 1, "segment_facet": "all"},
                **{"segment": "all", "facet": "genre", "value": "Crime", "viewers": 30, "share": 0.5, "error": 0.1},
                "share_of_all": 0.5,
            }
        ]
    )
    from deltalake import write_deltalake

    write_deltalake(tmp_path / releases.SEGMENT_TASTE, rows)
    with pytest.raises(NothingThere, match="no segment_facet 'age_band' is published: name one of all"):
        audience.tastes_and_trends(audience.published(tmp_path), of="age_band")
    with pytest.raises(NothingThere, match="no period '1999' is published"):
        audience.tastes_and_trends(audience.published(tmp_path), period="1999")
