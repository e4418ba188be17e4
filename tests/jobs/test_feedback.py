"""What became of decisions, on lists that can be solved by eye."""

from datetime import UTC, date, datetime

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs import decisions, feedback, local_frame
from jobs.answers import WORTH
from jobs.lake import Lake
from streaming.schema.bounds import DAY_MS
from streaming.schema.events import VIEWING

pytestmark = pytest.mark.spark
_VIEWING = """event_id string, type string, viewer_id string, film_id string, slate_id string, occurred_at timestamp"""


def moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def item(slate: str, viewer: str, film: str, position: int) -> tuple:
    return (slate, viewer, 1, 1000, "p", "als", "recommender/1", 0, film, position, 0.9, 1.0, "r")


@pytest.fixture
def slates(spark: SparkSession) -> DataFrame:
    rows = [item("s1", "v1", "a", 1), item("s1", "v1", "b", 2), item("s2", "v2", "a", 1), item("s2", "v2", "c", 2)]
    return local_frame.of_rows(spark, rows, decisions.SCHEMAS[decisions.RECOMMENDATIONS])


@pytest.fixture
def until(spark: SparkSession) -> DataFrame:
    return local_frame.of_rows(spark, [(1, 9000)], "cycle int, until bigint")


def test_answers_name_their_slate(spark: SparkSession, slates: DataFrame, until: DataFrame) -> None:
    viewing = local_frame.of_rows(
        spark,
        [
            ("i1", "impression", "v1", "a", "s1", moment(2000)),
            ("i2", "impression", "v1", "b", "s1", moment(2000)),
            ("p1", "play", "v1", "b", "s1", moment(2500)),
            ("o1", "play", "v1", "a", None, moment(4000)),
        ],
        _VIEWING,
    )
    found = feedback.slate_signals(slates, viewing, until)
    rewards = {(row["decision_id"], row["film_id"]): row["reward"] for row in found.collect()}
    assert rewards == {("s1", "a"): 0.0, ("s1", "b"): 1.0}, "a play that names no slate does not answer one"
    assert {row["film_id"]: row["latency_ms"] for row in found.collect()} == {"a": None, "b": 500}
    sums = feedback.outcomes(slates, found, viewing, until).head()
    assert (sums["slates"], sums["impressions"], sums["clicks"]) == (2, 2, 1)


def test_an_answer_without_a_play_earns_what_its_type_is_worth(spark: SparkSession, until: DataFrame) -> None:
    worth = {"play": 1, "progress": 1, "complete": 1, "like": 1, "rate": 1}
    worth |= {"impression": 0, "skip": 0, "search": 0, "trailer": 0}
    items = [item(kind, "v1", "b", 1) for kind in worth]  # each names a slate of its own
    slates = local_frame.of_rows(spark, items, decisions.SCHEMAS[decisions.RECOMMENDATIONS])
    answers = [(f"e-{kind}", kind, "v1", "b", kind, moment(2500)) for kind in worth]
    viewing = local_frame.of_rows(spark, answers, _VIEWING)
    found = feedback.slate_signals(slates, viewing, until).persist()
    assert {row["decision_id"]: row["reward"] for row in found.collect()} == worth
    sums = feedback.outcomes(slates, found, viewing, until).head()
    assert (sums["impressions"], sums["clicks"]) == (9, 5)


def test_every_type_of_viewing_has_a_worth() -> None:
    assert sorted(WORTH) == sorted(event.type.removeprefix("viewing.") for event in VIEWING)


def test_a_film_earns_what_its_best_answer_is_worth_once(
    spark: SparkSession, slates: DataFrame, until: DataFrame
) -> None:
    told = [("impression", 2000), ("play", 2500), ("play", 2600), ("complete", 7000), ("rate", 7100), ("skip", 8000)]
    rows = [(f"e{n}", kind, "v1", "b", "s1", moment(at)) for n, (kind, at) in enumerate(told)]
    (found,) = feedback.slate_signals(slates, local_frame.of_rows(spark, rows, _VIEWING), until).collect()
    assert (found["reward"], found["latency_ms"], found["at"]) == (1.0, 500, 8000)


def test_an_answer_counts_from_the_slates_viewer_in_its_life(spark: SparkSession) -> None:
    answers = {
        "when it was made": ("v1", "b", 1000),
        "by a clock that is a minute behind": ("v1", "b", 1000 - 60_000),
        "after thirteen days": ("v1", "b", 1000 + 13 * DAY_MS),
        "of another viewer": ("v2", "b", 2500),
        "with a film that is not in it": ("v1", "c", 2500),
        "an hour before it was made": ("v1", "b", 1000 - 3_600_000),
        "when its life was over": ("v1", "b", 1000 + 15 * DAY_MS),
    }
    items = [item(case, "v1", film, place) for case in answers for place, film in enumerate("ab", 1)]
    slates = local_frame.of_rows(spark, items, decisions.SCHEMAS[decisions.RECOMMENDATIONS])
    told = [(case, "play", viewer, film, case, moment(at)) for case, (viewer, film, at) in answers.items()]
    viewing = local_frame.of_rows(spark, told, _VIEWING)
    found = {row["decision_id"] for row in feedback.served_signals(slates, viewing).collect()}
    assert found == {"when it was made", "by a clock that is a minute behind", "after thirteen days"}


def test_replayed_history_answers_by_what_was_taken_up(
    spark: SparkSession, slates: DataFrame, until: DataFrame
) -> None:
    viewing = local_frame.of_rows(
        spark,
        [
            ("r1", "rate", "v1", "b", None, moment(5000)),
            ("r2", "rate", "v2", "a", None, moment(500)),
            ("r3", "rate", "v2", "z", None, moment(6000)),
            ("r4", "rate", "v2", "c", None, moment(9500)),
        ],
        _VIEWING,
    )
    found = feedback.slate_signals(slates, viewing, until)
    assert [(row["decision_id"], row["film_id"]) for row in found.collect()] == [("s1", "b")]
    sums = feedback.outcomes(slates, found, viewing, until).head()
    assert (sums["active"], sums["hits"], sums["impressions"]) == (2, 1, None)


def test_a_forecast_meets_its_actual(spark: SparkSession) -> None:
    made = local_frame.of_rows(
        spark,
        [("fc", "a", 1, 1000, "m", "forecaster/1", 0, date(2024, 1, day), 8.0, 10.0, 12.0) for day in (1, 2, 3)],
        decisions.SCHEMAS[decisions.FORECASTS],
    )
    actual = [("a", date(2024, 1, 1), 11), ("a", date(2024, 1, 2), 20)]
    days = local_frame.of_rows(spark, actual, "film_id string, date date, gross bigint")
    met = feedback.forecast_signals(made, days).orderBy("date").collect()
    assert [(row["predicted"], row["actual"], row["covered"]) for row in met] == [
        (10.0, 11.0, True),
        (10.0, 20.0, False),
    ]


def test_a_forecast_day_that_is_revised_is_a_new_signal_and_the_same_day_none(spark: SparkSession, lake: Lake) -> None:
    made = local_frame.of_rows(
        spark,
        [("fc", "a", 1, 1000, "m", "forecaster/1", 0, date(2024, 1, 1), 8.0, 10.0, 12.0)],
        decisions.SCHEMAS[decisions.FORECASTS],
    )

    def observe(gross: int, cycle: int) -> list:
        days = local_frame.of_rows(spark, [("a", date(2024, 1, 1), gross)], "film_id string, date date, gross bigint")
        found = feedback.write(spark, lake, cycle, feedback.forecast_signals(made, days)).collect()
        return [(row["actual"], row["covered"]) for row in found]

    assert observe(11, 2) == [(11.0, True)]
    assert observe(11, 3) == []
    assert observe(40, 4) == [(40.0, False)]


def test_a_market_day_meets_its_actual_under_what_it_is_about(spark: SparkSession) -> None:
    met = [(1, "mk", "US/War", date(2024, 1, day), 10.0, 9.0 + day, day < 3, 1000 * day) for day in (1, 2, 3)]
    found = (
        feedback.actual_signals(local_frame.of_rows(spark, met, feedback.ACTUALS), "market").orderBy("date").collect()
    )
    assert [(row["kind"], row["film_id"], row["actual"], row["covered"]) for row in found] == [
        ("market", "US/War", 10.0, True),
        ("market", "US/War", 11.0, True),
        ("market", "US/War", 12.0, False),
    ]
    assert len({row["event_id"] for row in found}) == 3


def test_a_signal_is_written_once_and_a_new_verdict_is_a_new_signal(
    spark: SparkSession, lake: Lake, slates: DataFrame, until: DataFrame
) -> None:
    seen = ("i1", "impression", "v1", "a", "s1", moment(2000))
    played = ("p1", "play", "v1", "a", "s1", moment(3000))

    def observe(rows: list, cycle: int) -> list:
        found = feedback.slate_signals(slates, local_frame.of_rows(spark, rows, _VIEWING), until)
        return [row["reward"] for row in feedback.write(spark, lake, cycle, found).collect()]

    assert observe([seen], 2) == [0.0]
    assert observe([seen], 2) == [0.0], "a repeated cycle writes its own again"
    assert observe([seen], 3) == []
    assert observe([seen, played], 4) == [1.0]
    assert lake.read(spark, feedback.TABLE).count() == 2
