"""Where records end, whatever comes under one id, in which order, and wherever one batch ends and the next begins."""

import json
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise, product
from typing import Any

import pytest
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession

from jobs.lake import Commit, Lake
from jobs.silver.batch import settle_batch
from jobs.silver.tables import DUPLICATES, QUARANTINE
from streaming.schema.events import Event, FilmDescribed, Rate
from tests.jobs.bronze_rows import APPENDED, NOW_MS, FakePartition, Row, film, frame, ids, play, rate, settle
from tests.jobs.generated import generated

pytestmark = [pytest.mark.spark, pytest.mark.timeout(1200)]
Ends = dict[str, set[int]]


def delivered(events: Sequence[Event]) -> list[Row]:
    """Records of events, a second after one another."""
    partition = FakePartition()
    times = [APPENDED + timedelta(seconds=number) for number in range(len(events))]
    return [partition.deliver(event, appended_at=at) for event, at in zip(events, times, strict=True)]


def one_by_one(events: Sequence[Event]) -> Ends:
    """Where each record ends, by offset: settled by itself, in plain Python, with no batches."""
    ends: Ends = {"films": set(), "viewing": set(), "duplicates": set(), "quarantine": set()}
    accepted: set[tuple[str, str]] = set()
    rejected: set[str] = set()
    films: set[str] = set()
    waiting: dict[int, Rate] = {}  # in the order in which they came

    def accept(table: str, offset: int, identity: str) -> bool:
        new = (table, identity) not in accepted
        accepted.add((table, identity))
        ends[table if new else "duplicates"].add(offset)
        return new

    for offset, event in enumerate(events):
        assert isinstance(event, FilmDescribed | Rate)
        if isinstance(event, FilmDescribed):
            if accept("films", offset, event.event_id):
                films.add(event.film_id)
                for place in [place for place, each in waiting.items() if each.film_id in films]:
                    accept("viewing", place, waiting.pop(place).event_id)
        elif event.rating > 5:
            ends["duplicates" if event.event_id in rejected else "quarantine"].add(offset)
            rejected.add(event.event_id)
        elif event.film_id in films:
            accept("viewing", offset, event.event_id)
        elif event in waiting.values():
            ends["duplicates"].add(offset)
        else:
            waiting[offset] = event
    ends["quarantine"] |= waiting.keys()
    return ends


def in_batches(
    spark: SparkSession, lake: Lake, events: Sequence[Event], cuts: list[int], deaths: dict[int, int]
) -> Ends:
    """Where each record ends in the lake; `deaths` names batches that die after so many writes, and are repeated."""
    rows = delivered(events)
    for number, (first, last) in enumerate(pairwise([0, *cuts, len(rows)])):
        if number in deaths:
            with suppress(InterruptedError):
                settle_batch(frame(spark, rows[first:last]), lake, Dying("test", number, [*range(deaths[number])]))
        settle(spark, lake, rows[first:last], number)
    ends = {table: _offsets(spark, lake, table) for table in ("films", "viewing", "duplicates", "quarantine")}
    assert sum(map(len, ends.values())) == len(rows), "bronze = silver + duplicates + quarantined"
    return ends


@dataclass(frozen=True)
class Dying(Commit):
    """Dies after as many writes as `left` has entries."""

    left: list[int]

    def append(self, frame: DataFrame, path: str) -> None:
        """Write, and die if that was the last time."""
        super().append(frame, path)
        self.left.pop()
        if not self.left:
            raise InterruptedError


def _offsets(spark: SparkSession, lake: Lake, table: str) -> set[int]:
    path = f"silver/{table}"
    if not lake.exists(spark, path):
        return set()
    found = [row["offset"] for row in lake.read(spark, path).select("offset").collect()]
    assert len(found) == len(set(found)), f"a record stands twice in {path}"
    return set(found)


_FILMS = st.sampled_from("abc")
_RATINGS = st.builds(
    lambda name, film_id, stars, step: rate(f"r{name}", film_id, stars, "v", NOW_MS + step * 10**10),
    st.sampled_from("12"),
    _FILMS,
    st.sampled_from([9.0, 3.0, 4.0]),
    st.integers(-1, 1),
)
_DESCRIPTIONS = st.builds(lambda name, film_id: film(film_id, event_id=f"f{name}"), st.sampled_from("12"), _FILMS)
_STORIES = st.lists(st.one_of(_RATINGS, _RATINGS, _DESCRIPTIONS), min_size=2, max_size=9)


def _told(stories: list[list[Event]], chance: random.Random) -> list[Event]:
    """The events of stories, each with ids and films of its own, in each story's order and mixed."""
    left = [[_of(case, event) for event in story] for case, story in enumerate(stories)]
    order = [case for case, story in enumerate(left) for _ in story]
    chance.shuffle(order)
    return [left[case].pop(0) for case in order]


def _of(case: int, event: Any) -> Event:
    return event.model_copy(update={"event_id": f"{case}-{event.event_id}", "film_id": f"{case}-{event.film_id}"})


def _compare(spark: SparkSession, lake: Lake, stories: list[list[Event]], seed: int) -> None:
    chance = random.Random(seed)
    events = _told(stories, chance)
    cuts = sorted(chance.sample(range(1, len(events)), 3))
    deaths = {chance.randrange(4): chance.randrange(1, 4) for _ in range(2)}
    ends, wanted = in_batches(spark, lake, events, cuts, deaths), one_by_one(events)
    wrong = {offset for table in wanted for offset in ends[table] ^ wanted[table]}
    cases = {events[offset].event_id.split("-")[0] for offset in wrong}
    stories_gone_wrong = [
        (offset, event) for offset, event in enumerate(events) if event.event_id.split("-")[0] in cases
    ]
    assert not wrong, f"batches end at {cuts}, deaths are {deaths}: {stories_gone_wrong}"


def test_where_records_end_depends_neither_on_batches_nor_on_deaths(spark: SparkSession, lake: Lake) -> None:
    stories = generated(_STORIES, 150)
    assert sum(map(len, stories)) > 500
    _compare(spark, lake, stories, seed=7)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(40))
def test_where_records_end_in_many_courses(spark: SparkSession, lake: Lake, seed: int) -> None:
    _compare(spark, lake, generated(_STORIES, 500, anew=True), seed)


def test_a_corrected_rating_arrives_whenever_its_film_is_described(spark: SparkSession, lake: Lake) -> None:
    stories: list[list[Event]] = []
    for case, (order, described) in enumerate(product((1, -1), range(3))):
        story: list[Event] = [rate("r", "f1", 9), rate("r", "f1", 4)][::order]
        story.insert(described, film("f1"))
        stories.append([_of(case, event) for event in story])
    rows = delivered([story[step] for step in range(3) for story in stories])
    for step in range(3):
        settle(spark, lake, rows[step * len(stories) :][: len(stories)], step)
    kept = lake.read(spark, "silver/viewing").collect()
    assert sorted((row["event_id"], row["rating"]) for row in kept) == [(f"{case}-r", 4) for case in range(6)]
    assert [row["rating"] for row in map(_body, lake.read(spark, QUARANTINE).collect())] == [9] * 6
    assert ids(spark, lake, DUPLICATES) == []


def _body(row: Any) -> dict[str, Any]:
    return json.loads(bytes(row["value"]))


def test_an_id_is_taken_whatever_time_its_next_event_names(spark: SparkSession, lake: Lake) -> None:
    year = 365 * 24 * 3_600_000
    first = [film("f1"), film("f2"), *(play(f"p{n}", "f1") for n in range(120))]
    partition = FakePartition()
    settle(spark, lake, [partition.deliver(event) for event in first], 0)
    table = lake.path("silver/viewing")  # as large a table as one of which files are left out
    lake.read(spark, "silver/viewing").repartition(120).write.format("delta").mode("overwrite").save(table)
    again = [play("p7", "f2", "other", NOW_MS + year), play("p8", "f1", "v1", NOW_MS + 2 * year)]
    settle(spark, lake, [partition.deliver(event) for event in [*again, play("new", "f1", "v1", NOW_MS + year)]], 1)
    kept = {row["event_id"]: row for row in lake.read(spark, "silver/viewing").collect()}
    assert ids(spark, lake, "silver/viewing") == sorted([*(f"p{n}" for n in range(120)), "new"])
    assert (kept["p7"]["film_id"], kept["p7"]["viewer_id"]) == ("f1", "v1"), "the older row stands"
    assert ids(spark, lake, DUPLICATES) == ["p7", "p8"]
