"""One film, viewer or draft that cannot be handled stops nobody else's: it is set aside, counted, and told why."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from pyspark.sql import SparkSession

from models.base.errors import EmptyTraining
from models.base.usable import unusable
from pipelines.cycle import features
from pipelines.forecasting.daily import cycle as daily
from pipelines.forecasting.daily.train import FAMILY as FORECASTER
from pipelines.forecasting.market import cycle as market
from pipelines.forecasting.openings import cycle as openings
from pipelines.lake.film_history import film_history
from pipelines.platform import processes, set_aside
from pipelines.platform.context import Context
from pipelines.platform.errors import NothingThere
from pipelines.platform.ledger import Ledger
from pipelines.platform.state import State
from pipelines.recommending import slates
from pipelines.recommending.slates import Occasion
from streaming.kafka.producer import EventProducer
from streaming.schema.events import BoxOfficeDay, Event, FilmDescribed, Play, Slate
from streaming.serving.histories.viewer_history import NEWCOMER
from streaming.serving.ranking.decider import SlateRequest
from tests.commands import cineloop
from tests.pipelines.forecasting.box_office_folder import told_by, write_folder
from tests.pipelines.lake.silver_lake import write_silver

_NOW = int(pd.Timestamp("2016-02-25").timestamp() * 1000) - 1
_OPENS = pd.Timestamp("2016-03-18").date()
_ABSURD: dict[str, dict[str, Any]] = {
    "endless": {"runtime_minutes": 1e39},
    "boundless": {"runtime_minutes": float("inf")},
    "priceless": {"budget": float("inf")},
    "rich": {"budget": 1e300},
    "nowhere": {"opening_theatres": -(2**31)},
    "backwards": {"runtime_minutes": -1e39},
}


def _absurd_films() -> list[Event]:
    about: dict[str, Any] = {"occurred_at": _NOW - 1, "opens": _OPENS, "wide": True, "genres": ("Drama",)}
    usual = {"budget": 1e7, "runtime_minutes": 100.0, "opening_theatres": 3000}
    films: list[Event] = [
        FilmDescribed(event_id=name, film_id=name, title=name, **{**about, **usual, **facts})
        for name, facts in _ABSURD.items()
    ]
    closed = {"event_id": "no-cinema", "occurred_at": _NOW - 1, "film_id": "closed"}
    shown = BoxOfficeDay(**closed, date=pd.Timestamp("2016-02-20").date(), gross=1e6, screens=-1)
    return [*films, FilmDescribed(**closed, title="closed", wide=True), shown]


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Iterator[Context]:
    """A cycle whose silver holds a box office and, as if nothing had stopped them, films of which nonsense is told."""
    base = tmp_path_factory.mktemp("aside")
    context = Context(State.at(base / "state"))
    events = list(told_by(write_folder(base / "data", 130), _NOW))
    write_silver(context.state.lake, [*events, *_absurd_films()])
    write_silver(base / "sane", events)
    context.ledger.note(context.ledger.open_or_resume(), as_of=_NOW, silver={"boxoffice": 1})
    with processes.broker(context.state):
        yield context


def _noted(context: Context, stage: str) -> dict[str, str]:
    note = context.ledger.read(1)["set_aside"][stage]
    assert note["count"] == len(note["first"])
    return {each["id"]: each["reason"] for each in note["first"]}


@pytest.mark.kafka
@pytest.mark.spark
@pytest.mark.timeout(900)
def test_a_cycle_decides_as_if_the_absurd_films_were_not_there(context: Context) -> None:
    told = {each.film_id: each for each in openings.publish(context, 1)}
    leads = context.ledger.read(1)["outlooks"]["leads"]
    assert leads["30"]["version"] and leads["30"]["asked"] > 0 and told, leads
    assert not told.keys() & _ABSURD.keys()
    aside = _noted(context, "outlooks")
    assert aside.keys() == {*_ABSURD, "closed"}
    assert aside["endless"] == "runtime_minutes is 1e+39" and aside["closed"] == "screens is -1"
    assert market.publish(context, 1) and _noted(context, "market_forecasts") == aside
    features.write(context, 1, "film_day")
    assert daily.train(context, 1)["trained"]
    context.registry.promote(FORECASTER, 1)
    assert "closed" not in {each.film_id for each in daily.publish(context, 1)}
    assert _noted(context, "forecasts") == {"closed": "screens is -1"}


@pytest.mark.kafka
@pytest.mark.spark
def test_what_others_are_judged_by_is_that_of_a_lake_without_them(context: Context) -> None:
    sane = film_history(context.state.root.parent / "sane", _NOW)
    ours = film_history(context.state.lake, _NOW)
    for name in ("daily", "releases", "films"):
        pd.testing.assert_frame_equal(getattr(ours, name), getattr(sane, name))
    assert not sane.aside


def test_where_nothing_else_is_told_there_is_nothing_to_learn(tmp_path: Path) -> None:
    write_silver(tmp_path, _absurd_films())
    with pytest.raises(NothingThere, match="implausible numbers"):
        film_history(tmp_path, _NOW)


def test_a_row_is_usable_as_long_as_it_is_a_number_in_32_bits() -> None:
    least, most = float(np.finfo(np.float32).smallest_subnormal), float(np.finfo(np.float32).max)
    table = pd.DataFrame({"a": [0.0, np.nan, least, most, 1.0, 3e38], "b": [1.0, 1.0, 1.0, -most, -np.inf, 3.5e38]})
    assert unusable(table, list("uvwxyz")) == {"y": "b is -inf", "z": "b is 3.5e+38"}
    assert unusable(table.assign(a=np.inf), ["v"] * 6) == {"v": "a is inf"}


def _slate(viewer: str, cycle: Any = 1) -> Slate:
    wish = SlateRequest(viewer, 10, None, period=1, diversity=0.0)
    return slates.slate(wish, NEWCOMER, {}, ["f1", "f2"], {}, None, Occasion(cycle, 1, _NOW))


def test_a_viewer_who_can_have_no_slate_leaves_the_others_theirs() -> None:
    made, aside = set_aside.each(["v1", "", "v" * 1_200_000, "v2"], str, _slate)
    assert [slate.viewer_id for slate in made] == ["v1", "v2"]
    assert "viewer_id" in aside[""] and "2,400," in aside["v" * 1_200_000]
    with pytest.raises(ValidationError):  # a mistake of ours, whoever it is about
        set_aside.each([f"v{number}" for number in range(800)], str, partial(_slate, cycle="first"))


def test_a_mistake_of_ours_is_not_set_aside() -> None:
    def made(thing: int) -> int:
        if thing == 1:
            raise EmptyTraining("too little is known of it")
        return 6 // thing

    assert set_aside.each([3, 1, 2], str, made) == ([2, 3], {"1": "EmptyTraining: too little is known of it"})
    with pytest.raises(ZeroDivisionError):
        set_aside.each([3, 0], str, made)


def test_the_ledger_keeps_a_few_names_and_the_whole_count(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    number = ledger.open_or_resume()
    set_aside.note(ledger, number, "slates", {f"{each:03d}" + "v" * 500: "r" * 500 for each in range(300)})
    note = ledger.read(number)["set_aside"]["slates"]
    assert note["count"] == 300 and len(note["first"]) == 20
    assert max(len(text) for each in note["first"] for text in each.values()) == 200
    set_aside.note(ledger, number, "slates", {})
    assert ledger.read(number)["set_aside"]["slates"] == {"count": 0, "first": []}, "the cycle went on without them"


@pytest.mark.soak
@pytest.mark.kafka
@pytest.mark.spark
@pytest.mark.timeout(1800)
def test_absurd_films_sent_by_a_plain_client_stop_no_cycle(tmp_path: Path) -> None:
    cineloop("run", "--once", "--cycles", "1", "--seed", "3", "--state", str(tmp_path))
    context = Context(State.at(tmp_path))
    as_of = context.ledger.read(1)["as_of"]
    soon = pd.Timestamp(as_of, unit="ms").date() + pd.Timedelta(days=20)
    with processes.broker(context.state) as bootstrap, EventProducer(bootstrap) as producer:
        for event in _absurd_films():
            if isinstance(event, FilmDescribed):
                producer.send(event.model_copy(update={"occurred_at": as_of - 1, "opens": soon}), "a-client")
        producer.send(Play(event_id="plain", occurred_at=as_of - 1, viewer_id="0" * 32, film_id="endless"), "a-client")
    cineloop("run", "--once", "--cycles", "2", "--seed", "3", "--state", str(tmp_path))
    assert [record["closed"] for record in context.ledger.records()][:3] == [True] * 3
