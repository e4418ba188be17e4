"""Whose answers decide: answers join as signals do, clients are told apart, and none of a few alone lifts a film."""

import random
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from deltalake import write_deltalake
from pyspark.sql import SparkSession

from jobs import decisions, feedback, local_frame
from jobs.answers import WORTH
from models.base.columns import FILM, STRENGTH, VIEWER
from models.recommenders.popularity import Popularity
from pipelines.promotion.crowd import Crowd
from pipelines.promotion.slate_answers import answered
from streaming.schema.bounds import DAY_MS

NOW = 1_700_000_000_000
_VIEWING = "event_id string, type string, viewer_id string, film_id string, slate_id string, occurred_at timestamp"


def at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def told(lake: Path, rows: list[tuple[str, str]]) -> None:
    """Viewers' events, each with its source."""
    viewing = pd.DataFrame(rows, columns=[VIEWER, "source"])
    write_deltalake(lake / "silver" / "viewing", viewing)


def crowd(lake: Path, aside: frozenset[str] = frozenset()) -> Crowd:
    found = Crowd.of(lake, pd.DataFrame({VIEWER: [], "reward": []}))
    return Crowd(frozenset(found.clients.index), aside, found.clients)


@pytest.mark.spark
def test_answers_join_slates_as_signals_do(spark: SparkSession, tmp_path: Path) -> None:
    items = [
        ("s1", "v1", 1, NOW, "p", "m", "r/1", 0, film, place, 0.9, 1.0, "r") for place, film in enumerate("abc", 1)
    ]
    items += [("s2", "v2", 1, NOW, "p", "m", "r/1", 0, "a", 1, 0.9, 1.0, "r")]
    slates = local_frame.of_rows(spark, items, decisions.SCHEMAS[decisions.RECOMMENDATIONS])
    rows = [
        ("e1", "impression", "v1", "a", "s1", at(NOW + 1)),
        ("e2", "like", "v1", "b", "s1", at(NOW + 2)),
        ("e3", "play", "v2", "c", "s1", at(NOW + 3)),  # of another viewer
        ("e4", "play", "v2", "a", "s2", at(NOW + 15 * DAY_MS)),  # too late
    ]
    viewing = local_frame.of_rows(spark, rows, _VIEWING)
    viewing.write.format("delta").save(str(tmp_path / "silver" / "viewing"))
    found = answered(tmp_path, slates.toPandas())
    assert found[["slate_id", "film_id", "reward"]].to_numpy().tolist() == [
        ["s1", "a", 0.0],
        ["s1", "b", 1.0],
        ["s1", "c", 0.0],  # it was in the slate that was looked at
    ]
    assert answered(tmp_path, slates.toPandas(), by=NOW + 1)["reward"].tolist() == [0.0] * 3, (
        "the like is still to come"
    )
    signals = {row["film_id"]: row["reward"] for row in feedback.served_signals(slates, viewing).collect()}
    assert signals == {"a": 0.0, "b": 1.0}


@pytest.mark.spark
def test_whatever_is_answered_counts_in_frames_as_it_does_in_spark(spark: SparkSession, tmp_path: Path) -> None:
    chance = random.Random(7)
    made = {f"s{n}": (f"v{n % 4}", NOW + n * DAY_MS) for n in range(12)}
    items = [
        (slate, viewer, 1, moment, "p", "m", "r/1", 0, film, place, 0.9, 1.0, "r")
        for slate, (viewer, moment) in made.items()
        for place, film in enumerate("abcd", 1)
    ]
    slates = local_frame.of_rows(spark, items, decisions.SCHEMAS[decisions.RECOMMENDATIONS])
    rows = [
        (f"e{n}", chance.choice(sorted(WORTH)), f"v{chance.randrange(4)}", chance.choice("abcde"), slate, at(moment))
        for n in range(600)
        for slate in [chance.choice([*made, None])]
        for moment in [NOW + chance.choice([-1, 0, 1, 14, 15, 20]) * DAY_MS + chance.randrange(-6, 6) * 60_000]
    ]
    viewing = local_frame.of_rows(spark, rows, _VIEWING)
    viewing.write.format("delta").save(str(tmp_path / "silver" / "viewing"))
    signals = {
        (row["decision_id"], row["film_id"]): row["reward"]
        for row in feedback.served_signals(slates, viewing).collect()
    }
    frame = answered(tmp_path, slates.toPandas())
    found = dict(zip(zip(frame["slate_id"], frame["film_id"], strict=True), frame["reward"], strict=True))
    looked_at = {slate for slate, _ in signals}
    assert len(signals) > 20 and set(signals.values()) == {0.0, 1.0} and 1 < len(looked_at) < len(made) + 1
    assert found == {(slate, film): signals.get((slate, film), 0.0) for slate in looked_at for film in "abcd"}


def test_a_client_is_the_source_of_most_events_up_to_the_place_in_it(tmp_path: Path) -> None:
    rows = [("v1", "web#L1"), ("v1", "web#L2"), ("v1", "tv#L1"), ("v2", "tv#L2"), ("v3", "tv"), ("v4", "web#1#2")]
    told(tmp_path, rows)
    found = crowd(tmp_path, aside=frozenset({"v4"}))
    assert found.clients.to_dict() == {"v1": "web", "v2": "tv", "v3": "tv", "v4": "web"}
    assert found.shares == {"tv": pytest.approx(2 / 3), "web": pytest.approx(1 / 3)}
    assert found.record() == {"viewers": 4, "set_aside": 1, "clients": found.shares}


def test_clients_of_hardly_any_viewers_are_one(tmp_path: Path) -> None:
    told(tmp_path, [(f"v{n}", "web") for n in range(300)] + [(f"bot{n}", f"client-{n}") for n in range(100)])
    assert crowd(tmp_path).shares == {"web": 0.75, "others": 0.25}


def test_rows_are_told_without_each_client_that_speaks_for_at_most_half(tmp_path: Path) -> None:
    told(tmp_path, [("v1", "web"), ("v2", "web"), ("v3", "web"), ("v4", "tv"), ("v5", "phone")])
    rows = pd.DataFrame({VIEWER: ["v1", "v1", "v2", "v3", "v4", "v5"]})
    left = [set(each[VIEWER]) for each in crowd(tmp_path).without_each(rows)]
    assert left == [{"v1", "v2", "v3", "v4"}, {"v1", "v2", "v3", "v5"}]
    assert crowd(tmp_path).without_each(rows[rows[VIEWER] < "v4"]) == [], "one client speaks for all of them"


def test_of_no_film_does_a_small_client_count_for_more_than_all_others(tmp_path: Path) -> None:
    honest, clients = [f"v{n:02}" for n in range(60)], [f"bot{n:02}" for n in range(40)]
    told(tmp_path, [(viewer, "web") for viewer in honest] + [(viewer, "rogue") for viewer in clients])
    taken = [(viewer, f"f{place}") for n, viewer in enumerate(honest) for place in range(1 + n % 3)]
    rows = pd.DataFrame([*taken, *((viewer, "pushed") for viewer in clients)], columns=[VIEWER, FILM])
    rows = rows.assign(occurred_at=NOW, **{STRENGTH: 1.0})
    counted = crowd(tmp_path).bounded(rows).groupby(FILM)[STRENGTH].sum()
    assert counted["f0"] == 60 and counted["pushed"] == pytest.approx(10), "its even share: there are four films"
    pushed = rows.assign(film_id=rows[FILM].replace({"pushed": "f2"}))
    counted = crowd(tmp_path).bounded(pushed).groupby(FILM)[STRENGTH].sum()
    assert counted["f2"] == pytest.approx(20 + 20 + 40 / 3), "as much as the others again, and an even share"


def test_with_one_client_nothing_is_changed(tmp_path: Path) -> None:
    told(tmp_path, [("v1", "web#L1"), ("v2", "web#L2")])
    rows = pd.DataFrame({VIEWER: ["v1", "v2"], FILM: ["a", "a"], "occurred_at": NOW, STRENGTH: [1.0, 3.0]})
    assert crowd(tmp_path).bounded(rows) is rows


def test_who_is_set_aside_teaches_nothing(tmp_path: Path) -> None:
    told(tmp_path, [("v1", "web"), ("bot", "web")])
    rows = pd.DataFrame({VIEWER: ["v1", "bot"], FILM: ["a", "b"], "occurred_at": NOW, STRENGTH: 1.0})
    left = crowd(tmp_path, aside=frozenset({"bot"})).bounded(rows)
    assert left[FILM].tolist() == ["a"]
    assert Popularity().fit(left).recommend(["v9"], left, 2, ["a", "b"])[FILM].tolist()[0] == "a"
