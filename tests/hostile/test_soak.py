"""Two hundred thousand hostile events; and the loop as a person runs it, with hostile events between its cycles."""

import shutil
import time
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

import pytest

from pipelines.platform.state import State
from streaming.broker.node import shared_broker
from tests.commands import cineloop
from tests.hostile.client import Sent, event, send
from tests.hostile.floods import floods
from tests.hostile.generator import generated
from tests.hostile.loop import check_closed, on_topics, rows, turning
from tests.hostile.world import World

pytestmark = [pytest.mark.soak, pytest.mark.kafka, pytest.mark.spark, pytest.mark.timeout(7200)]
_SEEDS = range(20)
_OF_EACH = 10_000
_RUN = ("run", "--once", "--seed", "3", "--cycles")
_BETWEEN = 2_000


def test_cycles_close_on_two_hundred_thousand_events(turned: Path, tmp_path: Path) -> None:
    state = shutil.copytree(turned, tmp_path / "state")
    world = World.of(state)
    with turning(state) as (bootstrap, cycle):
        told = on_topics(bootstrap)
        assert send(bootstrap, _endless(world)) == len(_SEEDS) * _OF_EACH
        cycle()
        counts = check_closed(state, cycles=3)
        assert counts.bronze == told + len(_SEEDS) * _OF_EACH
        cycle()
    check_closed(state, cycles=4)


def test_five_cycles_close_and_corrected_ratings_arrive(tmp_path: Path) -> None:
    state = tmp_path / "state"
    at = ("--state", str(state))
    cineloop(*_RUN, "3", *at)
    world = World.of(state)
    hostile = chain(islice(generated(3, world, _clock()), _BETWEEN), floods(world))
    _send(state, chain(hostile, [*_wrong(world, "at once"), *_right(world, "at once"), *_wrong(world, "apart")]))
    cineloop(*_RUN, "1", *at)
    _send(state, chain(islice(generated(4, world, _clock()), _BETWEEN), _right(world, "apart")))
    cineloop(*_RUN, "1", *at)
    check_closed(state, cycles=5)
    viewing = rows(state, "silver/viewing", "event_id", "rating").set_index("event_id")["rating"]
    assert viewing[["corrected at once", "corrected apart"]].tolist() == [4.0, 4.0]


def _endless(world: World) -> Iterator[Sent]:
    return chain.from_iterable(islice(generated(number, world, _clock()), _OF_EACH) for number in _SEEDS)


def _send(state: Path, records: Iterator[Sent]) -> None:
    with shared_broker(State.at(state).broker) as broker:
        send(broker.bootstrap, records)


def _wrong(world: World, case: str) -> Iterator[Sent]:
    """A rating that nobody can give, of a film that nobody has described."""
    yield _rated(world, case, 9.0)


def _right(world: World, case: str) -> Iterator[Sent]:
    """The same rating corrected, under its id, and its film at last."""
    yield _rated(world, case, 4.0)
    told = {"film_id": _film(case), "title": "Late", "occurred_at": world.now_ms}
    yield event("film.described", f"described {case}", _film(case), **told)


def _rated(world: World, case: str, stars: float) -> Sent:
    told = {"viewer_id": "one who corrects", "film_id": _film(case), "occurred_at": world.now_ms}
    return event("viewing.rate", f"corrected {case}", "one who corrects", rating=stars, **told)


def _film(case: str) -> str:
    return f"late film, {case}"


def _clock() -> int:
    return round(time.time() * 1000)
