"""What the app served comes back to the lake with the next cycle, and feedback joins it."""

from collections.abc import Callable

import pytest
from pyspark.sql import SparkSession

from jobs import decisions, feedback
from pipelines.cycle.lineage import trace
from pipelines.platform.context import Context
from pipelines.recommending import answer as desk
from pipelines.serving import collect
from tests.serving.running import running, within
from tests.serving.small_state import SmallState

pytestmark = [pytest.mark.kafka, pytest.mark.spark]


def test_served_slates_are_collected_once_and_answered_by_name(
    spark: SparkSession, copied: Callable[[], SmallState], monkeypatch: pytest.MonkeyPatch
) -> None:
    small = copied()
    monkeypatch.setenv("CINELOOP_BOOTSTRAP", small.bootstrap)
    with running(small.world) as app:
        slate = app.slate("collected", n=4)
        within(10, lambda: app.metric("decisions_published_total") >= 1)
    context = Context(small.state)
    number = context.ledger.open_or_resume()
    assert collect.collect(context, number) >= 1
    assert collect.collect(context, number) >= 1, "a repeated cycle collects the same again"
    rows = context.lake.read(spark, decisions.SERVED).where(f"slate_id = '{slate['slate_id']}'").orderBy("position")
    assert [(row["film_id"], row["propensity"]) for row in rows.collect()] == [
        (film["film_id"], film["propensity"]) for film in slate["films"]
    ]
    told = desk.slate(context, slate["viewer_id"])
    assert told.facts["slate_id"] == slate["slate_id"]
    assert [film["reason"] for film in told.films] == [film["reason"] for film in slate["films"]]
    steps = {step.name: step for step in trace(context, slate["slate_id"])}
    assert [film["film_id"] for film in steps["slate"].rows] == [film["film_id"] for film in slate["films"]]
    taken = slate["films"][1]["film_id"]
    answer = ("p", "play", slate["viewer_id"], taken, slate["slate_id"])
    viewing = spark.createDataFrame(
        [answer], "event_id string, type string, viewer_id string, film_id string, slate_id string"
    )
    made = rows.head()["occurred_at"]
    at = f"timestamp_millis({made} + 5) as occurred_at"
    (signal,) = feedback.served_signals(rows, viewing.selectExpr("*", at)).collect()
    assert (signal["film_id"], signal["reward"], signal["propensity"]) == (taken, 1.0, slate["films"][1]["propensity"])
    context.ledger.close(number)
    assert collect.collect(context, context.ledger.open_or_resume()) == 0, "the next cycle begins where this one ended"
