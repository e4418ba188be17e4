"""`now` follows what sources agree on: no small one moves it by its clock, and none moves it past the broker's."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from jobs import local_frame
from jobs.errors import MissingTable
from jobs.now import Read, agreed, now
from tests.jobs.bronze_rows import NOW_MS

_HOUR = 60 * 60 * 1000
_HONEST = [
    ("app", "viewing.events", 0, 0, NOW_MS - 5),
    ("app", "viewing.events", 1, 0, NOW_MS),
    *[("app", "viewing.events", 0, offset, NOW_MS - offset) for offset in range(1, 30)],
]
_FAST = ("fast", "viewing.events", 0, 30, NOW_MS + 20 * _HOUR)
_MUCH_LATER = NOW_MS + 365 * 24 * _HOUR  # of data that is replayed, when the broker takes it
_events = st.lists(st.tuples(st.integers(1, 10_000), st.integers(-(2**40), 2**41)), min_size=1, max_size=20)


def _sources(*rows: tuple[int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["events", "newest"])


@settings(max_examples=60)
@given(_events, st.floats(0, 0.1), st.integers(2**41, 2**43))
def test_who_sent_less_than_a_tenth_does_not_move_it(honest: list[tuple[int, int]], part: float, odd: int) -> None:
    total, newest = sum(events for events, _ in honest), max(at for _, at in honest)
    told = [*honest, (total, newest)]
    for clock in (odd, -odd):
        assert agreed(_sources(*told, (int(part * total), clock))) == newest


@settings(max_examples=60)
@given(_events)
def test_one_source_of_all_is_taken_at_its_word_and_order_does_not_matter(honest: list[tuple[int, int]]) -> None:
    newest = max(at for _, at in honest)
    assert agreed(_sources((7, newest))) == newest
    assert agreed(_sources(*honest)) == agreed(_sources(*reversed(honest)))
    whole = sum(events for events, _ in honest)
    assert agreed(_sources(*honest, (9 * whole, newest))) == newest


def test_half_and_half_goes_to_who_is_later_and_nobody_says_nothing() -> None:
    assert agreed(_sources((60, 5), (40, 9))) == 9, "two archives that end in other years"
    assert agreed(_sources((91, 5), (9, 9))) == 5
    assert agreed(_sources()) is None


def _now(
    spark: SparkSession, told: list[tuple], appended: int, read: Read | None = None, before: int | None = None
) -> int:
    schema = "source string, topic string, partition int, offset bigint, at bigint"
    rows = local_frame.of_rows(spark, told, schema).selectExpr("*", "timestamp_millis(at) as occurred_at")
    return now({"viewing": rows, "boxoffice": rows.where("false")}, appended, read or {}, before)


def test_a_clock_that_is_ahead_waits_whether_its_client_says_little_or_most(spark: SparkSession) -> None:
    assert _now(spark, _HONEST, _MUCH_LATER) == NOW_MS, "the newest event, where all are honest"
    assert _now(spark, [*_HONEST, _FAST], _MUCH_LATER) == NOW_MS
    loud = [(*_FAST[:3], offset, NOW_MS + 20 * _HOUR) for offset in range(30, 60)]
    assert _now(spark, [*_HONEST, *loud], NOW_MS + 1) == NOW_MS + 1, "the broker's clock is the last word"
    one_app = [*_HONEST, ("app", *_FAST[1:])]
    assert _now(spark, one_app, NOW_MS + 1) == NOW_MS + 1, "one device of an app"


def test_it_counts_what_came_since_the_last_cycle_and_never_goes_back(spark: SparkSession) -> None:
    later = [(f"app#L{n}", "viewing.events", 1, 1 + n, NOW_MS + _HOUR + n) for n in range(3)]
    read: dict[str, dict[int, int]] = {"viewing.events": {0: 31, 1: 1}}
    assert _now(spark, [*_HONEST, _FAST, *later], _MUCH_LATER, read, NOW_MS) == NOW_MS + _HOUR + 2
    assert _now(spark, [*_HONEST, _FAST], _MUCH_LATER, read, NOW_MS + 7) == NOW_MS + 7, "nothing came"
    assert _now(spark, _HONEST, _MUCH_LATER, {}, NOW_MS + 7) == NOW_MS + 7, "an archive of older days came"
    with pytest.raises(MissingTable, match="no viewing and no box office"):
        _now(spark, [], _MUCH_LATER)
