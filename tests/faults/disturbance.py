"""The events of `stream.events()` as bad days bring them, on real topics: out of order, late, again, amid poison."""

import json
import random
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, NamedTuple

from pyspark.sql import SparkSession

from jobs.features.main import FEATURES, read_silver
from jobs.lake import Lake
from jobs.now import newest_append, now
from jobs.silver.conservation import RowCounts, count
from jobs.silver.tables import QUARANTINE
from streaming.kafka.producer import EventProducer
from streaming.kafka.topics import CATALOGUE, VIEWING
from streaming.schema.events import Event, FilmDescribed, Rate
from tests.faults import stream
from tests.jobs.bronze_rows import NOW_MS, play, rate


class Poison(NamedTuple):
    """A record that is no event to be believed, and why it is not."""

    reason: str
    topic: str
    kind: str
    value: bytes | None


@dataclass(frozen=True)
class Disturbed:
    """The lake after the disturbed stream: what came when, what of it again, and the counts after each arrival."""

    lake: Lake
    arrivals: list[list[Event]]
    again: list[Event]
    reused: list[Event]
    counts: list[RowCounts]
    poison: list[Poison]


def poison() -> list[Poison]:
    """Malformed bytes, wrong types, numbers beyond all bounds and records of half a megabyte."""
    rating = {"occurred_at": NOW_MS, "viewer_id": "v0", "film_id": "f0", "rating": 1.0}
    told = {"occurred_at": NOW_MS, "film_id": "f0", "title": "Poisoned", "opens": "2024-01-01"}
    bodies = [
        *(("malformed body", VIEWING.name, Rate, body) for body in (b"\x00\xff\xfe{", b"[]", b"{} {}", b'{"rating":')),
        *(("malformed body", VIEWING.name, Rate, {**rating, "position": place}) for place in (1e12, 2**63, "1", 1.5)),
        *(("malformed body", VIEWING.name, Rate, {**rating, "occurred_at": at}) for at in (1e300, 2**63, "soon")),
        *(("malformed body", VIEWING.name, Rate, {**rating, "viewer_id": who}) for who in (7, ["v0"], {"v0": 1})),
        ("time in the future", VIEWING.name, Rate, {**rating, "occurred_at": 2**62}),
        ("rating out of range", VIEWING.name, Rate, {**rating, "rating": 5e-324}),
        ("propensity out of range", VIEWING.name, Rate, {**rating, "propensity": 1e-300}),
        ("position out of range", VIEWING.name, Rate, {**rating, "position": 2**31 - 1}),
        ("broken characters in an id", VIEWING.name, Rate, {**rating, "film_id": "f0\u0000"}),
        ("viewer_id too long", VIEWING.name, Rate, {**rating, "viewer_id": "v" * 500_000}),
        ("runtime_minutes out of range", CATALOGUE.name, FilmDescribed, {**told, "runtime_minutes": 1e39}),
        ("budget out of range", CATALOGUE.name, FilmDescribed, {**told, "budget": 1e300}),
        ("opening_theatres out of range", CATALOGUE.name, FilmDescribed, {**told, "opening_theatres": -(2**31)}),
        ("synopsis too long", CATALOGUE.name, FilmDescribed, {**told, "synopsis": "x" * 500_000}),
        ("too many people", CATALOGUE.name, FilmDescribed, {**told, "people": ["A"] * 5_000}),
        ("malformed body", CATALOGUE.name, FilmDescribed, {**told, "genres": ["Drama", None]}),
        ("type of another topic: viewing.rate", CATALOGUE.name, Rate, rating),
        ("empty body", VIEWING.name, Rate, None),
    ]
    return [Poison(why, topic, model.type, _bytes(body)) for why, topic, model, body in bodies]


def _bytes(body: Any) -> bytes | None:
    return body if body is None or isinstance(body, bytes) else json.dumps(body).encode()


def reused() -> list[Event]:
    """Ids that are taken, used again for something else, at another time."""
    year = 52 * stream.WEEK_MS
    plays = [play(f"p{v}-0", "f3", "somebody", NOW_MS + year) for v in range(10)]
    return [*plays, *(rate(f"r{v}", "f4", 0.5, "somebody", NOW_MS - year) for v in range(1, 5))]


def arrive(spark: SparkSession, lake: Lake, bootstrap: str) -> Disturbed:
    """Bring the events in three arrivals: all but films and old ones; films, and much of it again; the old ones."""
    late = stream.long_ago()
    there = [event for event in stream.events() if event not in late]
    films = [event for event in there if isinstance(event, FilmDescribed)]
    others = [event for event in there if event not in films]
    chance = random.Random(7)
    chance.shuffle(others)
    again = [*chance.sample(there, 150), *reused()]
    arrivals, poisoned, counts = [others, [*films, *again], late], poison(), []
    for number, arrival in enumerate(arrivals):
        _send(bootstrap, arrival, poisoned[number :: len(arrivals)], number)
        stream.ingest(spark, lake, bootstrap)
        counts.append(count(spark, lake))
        counts[-1].verify()
    return Disturbed(lake, arrivals, again, reused(), counts, poisoned)


def _send(bootstrap: str, arrival: list[Event], poisoned: list[Poison], number: int) -> None:
    """Send events, with poison among them."""
    with EventProducer(bootstrap) as producer:
        for place, (event, bad) in enumerate(zip_longest(arrival, poisoned)):
            if event is not None:
                producer.send(event, "test#L1")
            if bad is not None:
                headers = [("ce_id", f"poison-{number}-{place}".encode()), ("ce_type", bad.kind.encode())]
                producer.send_raw(bad.topic, b"poison", bad.value, headers)


def features(spark: SparkSession, lake: Lake) -> dict[str, list[str]]:
    """All feature tables of a lake, as of its now, in text that differs where a bit does."""
    held = {name: table.localCheckpoint() for name, table in read_silver(spark, lake).items()}
    as_of = now(held, newest_append(spark, lake), read={})
    return {name: sorted(map(str, made(held, as_of).collect())) for name, made in FEATURES.items()}


def equal(spark: SparkSession, disturbed: Lake, undisturbed: Lake) -> str:
    """Compare silver, what is quarantined beside poison, and the features to the bit; say how much was compared.

    Raises:
        AssertionError: something differs.
    """
    held, wanted = (stream.contents(spark, lake) for lake in (disturbed, undisturbed))
    held[QUARANTINE] = [row for row in held[QUARANTINE] if "'event_id': 'poison-" not in row]
    assert held == wanted
    made, expected = (features(spark, lake) for lake in (disturbed, undisturbed))
    assert made == expected
    of_silver, of_features = (sum(map(len, each.values())) for each in (wanted, expected))
    return (
        f"equal (silver: {len(wanted)} tables, {of_silver:,} rows; features to the bit: {len(expected)} tables, "
        f"{of_features:,} rows)"
    )
