"""Decisions that are none: a record that nobody can read becomes a dead letter, and the cycle goes on."""

from pathlib import Path

import pandas as pd
import pytest
from pyspark.sql import SparkSession

from jobs import decisions
from pipelines.lake import delta
from pipelines.platform import state_source
from pipelines.platform.context import Context
from pipelines.platform.state import State
from pipelines.serving import collect
from streaming.broker.node import EmbeddedBroker
from streaming.kafka.codec import Record
from streaming.kafka.consumer import end_offsets
from streaming.kafka.dead_letters import Letter, list_letters
from streaming.kafka.producer import EventProducer
from streaming.kafka.topics import RECOMMENDATIONS
from streaming.schema.events import Forecast, ForecastDay, Slate, SlateItem
from streaming.serving.delivery.slate_publisher import SOURCE

pytestmark = [pytest.mark.kafka, pytest.mark.spark]
NOW = 1_700_000_000_000


@pytest.fixture
def context(broker: EmbeddedBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """A state in its second cycle; the first one has read all that other tests have put onto the topic."""
    monkeypatch.setenv("CINELOOP_BOOTSTRAP", broker.bootstrap)
    context = Context(State.at(tmp_path / "state"))
    ends = end_offsets(broker.bootstrap, [RECOMMENDATIONS.name])[RECOMMENDATIONS.name]
    context.ledger.note(context.ledger.open_or_resume(), served_read={str(place): end for place, end in ends.items()})
    context.ledger.close(1)
    context.ledger.open_or_resume()
    return context


def slate(name: str, *items: SlateItem, cycle: int = 1, at: int = NOW, viewer: str = "v") -> Slate:
    made = items or (
        SlateItem(film_id="a", position=1, propensity=0.9),
        SlateItem(film_id="b", position=2, propensity=0.1),
    )
    return Slate(event_id=name, occurred_at=at, viewer_id=viewer, cycle=cycle, policy="p", items=made)


def places(*propensities: float, films: str = "abcdefgh") -> tuple[SlateItem, ...]:
    return tuple(
        SlateItem(film_id=film, position=place, propensity=each)
        for place, (film, each) in enumerate(zip(films, propensities, strict=False), 1)
    )


POISON = {
    "absurd": slate("absurd", *places(0.9, 7.5)),
    "impossible": slate("impossible", *places(0.0, 0.5)),
    "twice": slate("twice", *places(0.5, 0.5, films="aa")),
    "no order": slate("no order", SlateItem(film_id="a", position=2**40, propensity=0.5)),
    "huge": slate("huge", *(SlateItem(film_id=f"f{n}", position=n + 1, propensity=0.5) for n in range(5_000))),
    "late": slate("late", cycle=2**40),
    "next century": slate("next century", at=4_000_000_000_000),
    "long": slate("long", viewer="v" * 10_000),
}


def send(bootstrap: str) -> int:
    """The app's records, two of them slates; how many are poison."""
    codec = RECOMMENDATIONS.codec
    forecast = Forecast(
        event_id="other", occurred_at=NOW, film_id="a", cycle=1, model="m", model_version="m/1", feature_version=0,
        days=(ForecastDay(date="2024-01-01", q10=1, q50=2, q90=3),),
    )  # fmt: skip
    good = [codec.encode(slate(name), SOURCE) for name in ("good-1", "good-2")]
    garbage = [
        Record(b"k", b"\xff\x00 no JSON", good[0].headers),
        Record(b"k", b"[]", good[0].headers),
        Record(b"k", b"x" * 900_000, good[0].headers),
        Record(b"k", b"{}", [("ce_source", SOURCE.encode())]),
        codec.encode(forecast, SOURCE),
    ]
    poison = [*garbage, *(codec.encode(each, SOURCE) for each in POISON.values())]
    with EventProducer(bootstrap) as producer:
        for record in (good[0], *poison, good[1]):
            producer.send_raw(RECOMMENDATIONS.name, record.key, record.value, record.headers)
    return len(poison)


def letters(context: Context, before: set[str]) -> list[Letter]:
    found = list_letters(context.bootstrap)
    return [each for each in found if each.letter.event_id not in before]


def test_poison_becomes_dead_letters_once_and_slates_are_collected(spark: SparkSession, context: Context) -> None:
    before = {each.letter.event_id for each in list_letters(context.bootstrap)}
    poison = send(context.bootstrap)
    for _ in range(2):  # a repeated cycle finds the same
        assert collect.collect(context, 2) == 2
        rows = delta.read(context.state.lake, decisions.SERVED)
        assert isinstance(rows, pd.DataFrame) and sorted(rows["slate_id"]) == ["good-1", "good-1", "good-2", "good-2"]
        assert len(letters(context, before)) == poison
    found = letters(context, before)
    assert {each.letter.origin.rpartition("/")[0].rpartition("/")[0] for each in found} == {RECOMMENDATIONS.name}
    sealed = state_source.key(context.state)
    assert b"\xff\x00 no JSON" in [each.raw(sealed) for each in found]
    reasons = " | ".join(each.letter.error for each in found)
    for words in ("5,000 films", "propensity is 7.5", "propensity is 0", "twice", "cycle is 1099511627776", "no JSON"):
        assert words in reasons, reasons
    context.ledger.close(2)
    assert collect.collect(context, context.ledger.open_or_resume()) == 0
    assert len(letters(context, before)) == poison, "the next cycle does not meet them again"
