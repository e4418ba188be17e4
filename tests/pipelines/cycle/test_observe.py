"""Answers are waited for by time: many quick cycles later, many days later, and no longer than that."""

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from deltalake import write_deltalake
from pyspark.sql import SparkSession

from jobs import decisions, feedback
from jobs.decisions import DAY_MS, Term
from pipelines.cycle import observe
from pipelines.lake import delta
from pipelines.platform.context import Context
from pipelines.platform.deadlines import Deadlines
from pipelines.platform.ledger import Ledger
from pipelines.platform.state import State
from streaming.broker.node import EmbeddedBroker

BEGIN, MINUTE_MS = 1_700_006_400_000, 60_000  # a midnight
FIRST = date(2023, 11, 15)  # its day
_QUICK, _DAYS = 12, 28  # cycles of two minutes each, and then of a day each
_WHO = {"model": "m", "model_version": "m/1", "feature_version": 0, "cycle": 1, "occurred_at": BEGIN}


def turned(ledger: Ledger, moments: list[int]) -> None:
    """As many closed cycles, each with its `now`."""
    for number, moment in enumerate(moments, 1):
        ledger.note(ledger.open_or_resume(), as_of=moment)
        ledger.close(number)


def test_decisions_expire_by_time_and_those_of_a_cycle_together(tmp_path: Path) -> None:
    ledger, term = Ledger(tmp_path), Term(open=2, late=1)
    days = [BEGIN + day * DAY_MS for day in (0, 1, 2, 3, 4)]
    turned(ledger, [*days, days[-1] + 1, days[-1] + 2])
    assert [Deadlines.of(ledger, number).since(term) for number in (1, 2, 4, 5, 7)] == [1, 1, 1, 2, 3]


def test_what_the_last_cycle_decided_can_be_answered_however_long_ago_that_was(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    turned(ledger, [BEGIN, BEGIN + 400 * DAY_MS, BEGIN + 800 * DAY_MS])
    assert Deadlines.of(ledger, 3).since(Term(open=2, late=1)) == 2, "replayed history makes great steps"


@pytest.mark.kafka
@pytest.mark.spark
@pytest.mark.timeout(1200)
def test_answers_and_actuals_that_come_late_are_joined_however_many_cycles_went_by(
    spark: SparkSession, broker: EmbeddedBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CINELOOP_BOOTSTRAP", broker.bootstrap)
    context = Context(State.at(tmp_path))
    quick = [BEGIN + number * 2 * MINUTE_MS for number in range(_QUICK)]
    turned(context.ledger, [*quick, *(quick[-1] + day * DAY_MS for day in range(1, _DAYS + 1))])
    _decide(context.state.lake)

    # The play was told a quarter of an hour late, and eleven cycles were turned meanwhile.
    _told(context.state.lake, ("a", "impression", 1), ("b", "impression", 1), ("a", "play", 2))
    _taken(context.state.lake, days=0)
    assert observe.observe(context, _QUICK) == 2
    assert (_of_first(context)["clicks"], _of_first(context)["impressions"]) == (1, 2)

    _told(context.state.lake, ("b", "like", 10 * 24 * 60))  # ten days after the slate, and told in another cycle
    _taken(context.state.lake, days=10)
    assert observe.observe(context, _QUICK + 12) == 1 + 10
    assert _of_first(context)["clicks"] == 2

    _taken(context.state.lake, days=28)
    assert observe.observe(context, _QUICK + _DAYS) == 18, "days 11 to 28 of the forecast"
    assert _of_first(context)["forecast_wape"] == pytest.approx(0.5)
    assert _of_first(context)["clicks"] == 2, "what was counted of slates that are past stands"
    signals = delta.read(context.state.lake, feedback.TABLE)
    assert signals is not None and signals["event_id"].is_unique
    assert signals["kind"].value_counts().to_dict() == {"forecast": 28, "recommendation": 3}


def _decide(lake: Path) -> None:
    """The first cycle: a slate of two films, and four weeks of a film's days at 20 dollars."""
    slate = {**_WHO, "slate_id": "s", "viewer_id": "v", "policy": "p", "propensity": 0.9, "score": 1.0, "reason": "r"}
    items = pd.DataFrame([{**slate, "film_id": film, "position": place} for place, film in enumerate("ab", 1)])
    write_deltalake(lake / decisions.RECOMMENDATIONS, items.astype({"cycle": "int32", "position": "int32"}))
    told = {**_WHO, "forecast_id": "f", "film_id": "a", "q10": 5.0, "q50": 20.0, "q90": 30.0}
    days = pd.DataFrame([{**told, "date": FIRST + timedelta(days=ahead)} for ahead in range(28)])
    write_deltalake(lake / decisions.FORECASTS, days.astype({"cycle": "int32"}))


def _told(lake: Path, *answers: tuple[str, str, int]) -> None:
    """Silver's viewing: what the slate's viewer did with a film of it, so many minutes after it was made."""
    rows = [
        {
            "event_id": f"{film}-{kind}",
            "type": kind,
            "viewer_id": "v",
            "film_id": film,
            "slate_id": "s",
            "campaign_id": "",
            "occurred_at": pd.Timestamp(BEGIN + minutes * MINUTE_MS, unit="ms", tz="UTC"),
        }
        for film, kind, minutes in answers
    ]
    write_deltalake(lake / "silver" / "viewing", pd.DataFrame(rows), mode="append")


def _taken(lake: Path, days: int) -> None:
    """The film's days that have come, at 40 dollars each."""
    rows = [("a", FIRST + timedelta(days=ahead), 40) for ahead in range(days)]
    panel = pd.DataFrame(rows, columns=["film_id", "date", "gross"])
    if days == 0:
        panel = pd.DataFrame([("z", FIRST, 1)], columns=["film_id", "date", "gross"])
    write_deltalake(lake / "features" / "film_day", panel, mode="overwrite")


def _of_first(context: Context) -> dict[str, float]:
    found: dict[str, float] = context.ledger.read(1)["feedback"]
    return found
