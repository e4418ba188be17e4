"""Histories: order and reads of scripts leave no trace; live, from the lake and as features they are the same."""

import random
import time

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from jobs.features.interaction_sequence import interaction_sequence
from pipelines.lake.sequences import Sequences
from streaming.schema.events import VIEWING, Like, Read, Search, ViewingEvent
from streaming.serving.health.metrics import Metrics
from streaming.serving.histories.lake_histories import LakeHistories
from streaming.serving.histories.loader import HistoryCompactor
from streaming.serving.histories.store import IngestOutcome, ViewerHistories
from streaming.serving.histories.viewer_history import FilmActivity, History
from tests.serving.running import within

KINDS = [model for model in VIEWING if model is not Search]


@st.composite
def events(draw: st.DrawFn) -> list[ViewingEvent]:
    """Events of one viewer, each once."""
    made = []
    for number in range(draw(st.integers(1, 12))):
        kind = draw(st.sampled_from(KINDS))
        more = {
            "viewing.rate": {"rating": draw(st.sampled_from([1.0, 2.5, 3.0, 4.0]))},
            "viewing.progress": {"fraction": 0.5},
            "viewing.read": {"film_id": None, "script_id": "s", "rating": 1.0},
        }
        film, moment = f"f{draw(st.integers(0, 3))}", draw(st.integers(0, 5))
        identity = {"event_id": f"e{number}", "occurred_at": moment, "viewer_id": "v", "film_id": film}
        made.append(kind.model_validate({**identity, **more.get(kind.type, {})}))
    return made


def silver(told: list[ViewingEvent]) -> pd.DataFrame:
    """Events as rows of `silver/viewing`."""
    rows = [
        {
            "event_id": event.event_id,
            "type": event.type.removeprefix("viewing."),
            "viewer_id": event.viewer_id,
            "film_id": event.film_id,
            "rating": getattr(event, "rating", None),
            "occurred_at": event.occurred_at,
            "partition": 0,
            "offset": place,
        }
        for place, event in enumerate(told)
    ]
    return pd.DataFrame(rows).astype({"rating": float})


def folded(told: list[ViewingEvent]) -> History:
    history = History()
    for event in told:
        history.add(event)
    return history


@given(events(), st.randoms(), st.integers(0, 12))
def test_any_order_and_any_cut_between_lake_and_topic_give_one_history(
    told: list[ViewingEvent], chance: random.Random, cut: int
) -> None:
    whole = folded(told)
    shuffled = list(told)
    chance.shuffle(shuffled)
    assert folded(shuffled) == whole
    viewers = ViewerHistories(LakeHistories.of(silver(told), {0: cut}))
    fates = [viewers.ingest(event, 10, (0, place)) for place, event in enumerate(told)]
    assert fates == [IngestOutcome.DUPLICATE if place < cut else IngestOutcome.ACCEPTED for place in range(len(told))]
    assert viewers.snapshot("v") == whole.snapshot()
    assert viewers.snapshot("v").digest == whole.snapshot().digest
    assert viewers.profile("v")[1:] == (whole.counts, whole.first_seen, whole.last_seen)


@settings(max_examples=30)
@given(events(), st.integers(0, 12), st.integers(0, 12), st.integers(0, 12))
def test_what_a_newer_past_has_is_forgotten_and_nothing_changes(
    told: list[ViewingEvent], first: int, heard: int, second: int
) -> None:
    """The listener may be ahead of the newer past, or behind it."""
    viewers = ViewerHistories(LakeHistories.of(silver(told), {0: first}))
    for place, event in enumerate(told[:heard]):
        viewers.ingest(event, 10, (0, place))
    before, revision = folded(told[: max(first, heard)]), viewers.revision("v")
    assert viewers.snapshot("v") == before.snapshot()
    viewers.rebase(LakeHistories.of(silver(told), {0: second}))
    assert viewers.held == len(told[max(first, second) : heard])
    assert viewers.snapshot("v") == folded(told[: max(first, heard, second)]).snapshot()
    assert (viewers.revision("v") == revision) == (second < first), "prepared answers are made anew"
    for place, event in enumerate(told):
        viewers.ingest(event, 10, (0, place))
    again = [viewers.ingest(event, 10, (0, len(told) + place)) for place, event in enumerate(told)]
    assert set(again) == {IngestOutcome.DUPLICATE}
    whole = folded(told)
    assert viewers.snapshot("v") == whole.snapshot()
    assert viewers.profile("v")[1:] == (whole.counts, whole.first_seen, whole.last_seen)


def test_events_are_forgotten_once_a_further_cycle_has_them() -> None:
    told = [Like(event_id=f"e{number}", occurred_at=number, viewer_id="v", film_id="f") for number in range(6)]
    cycle = 1
    viewers = ViewerHistories(LakeHistories())
    compactor = HistoryCompactor(
        viewers, lambda: LakeHistories.of(silver(told), {0: 4}), lambda: cycle, 1, Metrics(), held=5, poll_s=0.01
    )
    for place, event in enumerate(told):
        viewers.ingest(event, 10, (0, place))
    compactor.start()
    time.sleep(0.05)
    assert viewers.held == 6, "no further cycle has ended"
    cycle = 2
    within(5, lambda: viewers.held == 2)
    compactor.stop()


@given(events())
def test_telling_an_event_says_whether_the_history_changed(told: list[ViewingEvent]) -> None:
    history = History()
    for event in told:
        before = history.snapshot()
        assert history.add(event) == (history.snapshot() != before)


@pytest.mark.spark
def test_the_feature_table_has_the_same_sequence(spark: SparkSession) -> None:
    chance = random.Random(1)
    told = [
        kind.model_validate(
            {
                "event_id": f"e{number}",
                "occurred_at": chance.randrange(50),
                "viewer_id": f"v{chance.randrange(5)}",
                "film_id": None if kind is Read else f"f{chance.randrange(8)}",
                "script_id": "s",
                "rating": chance.choice([0.5, 2.5, 3.0, 4.0, 5.0]),
                "fraction": 0.5,
            }
        )
        for number, kind in enumerate(chance.choices(KINDS, k=300))
    ]
    frame = silver(told)
    rows = spark.createDataFrame(frame.assign(occurred_at=pd.to_datetime(frame["occurred_at"], unit="ms", utc=True)))
    viewers = ViewerHistories(LakeHistories.of(frame, {0: len(told)}))
    table = Sequences.of(interaction_sequence(rows, 100).toPandas())
    known = {viewer: table.known(viewer) for viewer in sorted(set(table.rows["viewer_id"]))}
    assert len(known) == 5 and any(each.skipped for each in known.values())
    assert known == {viewer: viewers.snapshot(viewer) for viewer in known}
    assert table.skipped == {viewer: each.skipped for viewer, each in known.items() if each.skipped}
    told = [(viewer, *entry[:3]) for viewer in known for entry in known[viewer].interactions]
    assert [tuple(row) for row in table.interactions.itertuples(index=False)] == told


@pytest.mark.parametrize(
    ("taken", "action"),
    [
        (FilmActivity(0), "began"),
        (FilmActivity(0, watched=True), "finished"),
        (FilmActivity(0, rating=1.0), "gave 1 star to"),
        (FilmActivity(0, rating=4.5, watched=True), "gave 4.5 stars to"),
        (FilmActivity(0, rating=4.5, watched=True, liked=True), "liked"),
    ],
)
def test_a_reason_names_the_action_that_tells_most(taken: FilmActivity, action: str) -> None:
    assert taken.action == action
