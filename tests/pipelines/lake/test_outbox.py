"""What a killed cycle had written is sent as it was written, whatever is known by the time that it goes on."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from deltalake import DeltaTable, write_deltalake
from pyspark.sql import SparkSession

from jobs import decisions
from models.recommenders import members
from pipelines.forecasting.daily import cycle as daily
from pipelines.forecasting.daily import decide as daily_decide
from pipelines.forecasting.market import cycle as market
from pipelines.forecasting.market import decide as market_decide
from pipelines.forecasting.openings import cycle as openings
from pipelines.forecasting.openings import decide as openings_decide
from pipelines.lake.outbox import Outbox
from pipelines.platform.context import Context
from pipelines.platform.state import State
from pipelines.recommending import decide as stage
from pipelines.recommending import slates
from streaming.broker.node import EmbeddedBroker
from streaming.errors import BrokerError
from streaming.kafka.consumer import read_topic
from streaming.kafka.topics import topic_of
from streaming.schema.events import Event, Forecast, ForecastDay, MarketForecast, Outlook, Slate, SlateItem
from tests.models.audiences import two_genres, two_groups
from tests.pipelines.lake.sequences import write_sequences

pytestmark = [pytest.mark.kafka, pytest.mark.spark]
NOW = 1_700_000_000_000
_DAYS = tuple(ForecastDay(date=date(2024, 2, day), q10=1.5, q50=2 / 3, q90=1e9 + day) for day in (28, 29))
_MADE = {"occurred_at": NOW, "cycle": 1, "model": "m", "model_version": "m/1", "feature_version": 3}
_BLIND = {"occurred_at": NOW, "cycle": 1, "policy": "uniform"}  # no model and no features are named
_ITEMS = tuple(SlateItem(film_id=f"f{n}", position=n, propensity=1 / 3, score=1 / n if n > 1 else None) for n in (1, 2))
DECIDED: dict[str, tuple[Outbox, Callable[[Context, int], list], list[Event]]] = {
    "slates": (
        slates.SLATES,
        stage.slates,
        [
            Slate(event_id="s1", viewer_id="v1", policy="epsilon-greedy 0.1", items=_ITEMS, **_MADE),
            Slate(event_id="s2", viewer_id="v2", items=_ITEMS[:1], **_BLIND),
        ],
    ),
    "forecasts": (
        daily_decide.OUTBOX,
        daily.publish,
        [Forecast(event_id=f"forecast-{film}", film_id=film, days=_DAYS, **_MADE) for film in ("f1", "f2")],
    ),
    "market": (
        market_decide.OUTBOX,
        market.publish,
        [MarketForecast(event_id=f"m-{genre}", genre=genre, days=_DAYS, **_MADE) for genre in (None, "Comedy")],
    ),
    "outlooks": (
        openings_decide.OUTBOX,
        openings.publish,
        [
            Outlook(event_id=f"o-{film}", film_id=film, lead=7, opens=date(2024, 3, 1), q10=0.1, q50=2, q90=3, **_MADE)
            for film in ("f1", "f2")
        ],
    ),
}


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """A state whose first cycle goes on."""
    context = Context(State.at(tmp_path / "state"))
    context.ledger.note(context.ledger.open_or_resume(), as_of=NOW + 1, features={"interaction_sequence": 0}, silver={})
    return context


def rows_of(lake: Path, table: str) -> pd.DataFrame:
    frame = DeltaTable(lake / table).to_pandas()
    return frame.sort_values([name for name in frame if frame[name].notna().all()], ignore_index=True)


def on_topic(context: Context, made: list) -> list[Event]:
    """Those of the decisions that stand on their topic, as often as they do."""
    ids = {event.event_id for event in made}
    events = [got.event for got in read_topic(context.bootstrap, topic_of(made[0].type).name)]
    return [event for event in events if isinstance(event, Event) and event.event_id in ids]


@pytest.fixture
def come_back(broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From when it is called, the state has a broker."""
    return lambda: monkeypatch.setenv("CINELOOP_BOOTSTRAP", broker.bootstrap)


@pytest.mark.parametrize("kind", DECIDED)
def test_what_was_written_is_sent_though_nothing_of_it_is_known_any_more(
    context: Context, spark: SparkSession, come_back: Callable[[], None], kind: str
) -> None:
    outbox, go_on, made = DECIDED[kind]
    decisions.write(spark, context.lake, outbox.table, 1, outbox.rows(made))
    before = rows_of(context.state.lake, outbox.table)
    come_back()
    assert go_on(context, 1) == made
    assert sorted(on_topic(context, made), key=identity) == sorted(made, key=identity)
    pd.testing.assert_frame_equal(rows_of(context.state.lake, outbox.table), before)


def identity(event: Event) -> str:
    return event.event_id


def test_slates_of_a_cycle_whose_broker_was_away_stand_though_viewers_films_and_model_are_others(
    context: Context, spark: SparkSession, come_back: Callable[[], None]
) -> None:
    know(context, two_groups())
    with pytest.raises(BrokerError):
        stage.slates(context, 1)
    written, rails = rows_of(context.state.lake, decisions.RECOMMENDATIONS), context.ledger.read(1).get("rails")
    assert len(written) == 10 * 24 and "slates" not in context.ledger.read(1), "stopped between writing and sending"
    know(context, two_groups(30).iloc[::-3], model="transitions")
    context.ledger.note(1, as_of=NOW + 99)
    come_back()
    sent = stage.slates(context, 1)
    pd.testing.assert_frame_equal(rows_of(context.state.lake, decisions.RECOMMENDATIONS), written)
    assert {slate.event_id for slate in sent} == set(written["slate_id"])
    assert sorted(on_topic(context, sent), key=identity) == sorted(sent, key=identity) and len(sent) == 24
    assert {slate.occurred_at for slate in sent} == {NOW + 1} and {slate.model for slate in sent} == {"popularity"}
    assert (context.ledger.read(1)["rails"], context.ledger.read(1)["slates"]) == (rails, 24)


def know(context: Context, watched: pd.DataFrame, model: str = "popularity") -> None:
    """Features of these viewers, and a model that learned of them and serves."""
    features = context.state.lake / "features"
    when = pd.Timestamp(NOW, unit="ms", tz="UTC")
    write_sequences(context.state.lake, watched, NOW)
    write_deltalake(features / "viewer", watched[["viewer_id"]].drop_duplicates(), mode="overwrite")
    films = two_genres().assign(people=[[] for _ in range(24)], release_date=date(2020, 1, 1), as_of=when)
    write_deltalake(features / "film", films.assign(title=films["film_id"], released=True), mode="overwrite")
    fitted = members()[model]().fit(watched.drop_duplicates(["viewer_id", "film_id"]))
    version = context.registry.register("recommender", model, len(watched), fitted.save)
    context.registry.promote("recommender", version.number)
