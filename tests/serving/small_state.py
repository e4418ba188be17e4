"""A state folder as a finished cycle leaves it, small and made of real parts: topic, silver, catalogue, registry."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
from deltalake import write_deltalake
from kafka.consumer.fetcher import ConsumerRecord

from models.recommenders import members
from pipelines.lake import catalogue
from pipelines.lake.histories import QUARANTINE, SILVER
from pipelines.platform.ledger import Ledger
from pipelines.platform.model_registry import Registry
from pipelines.platform.state import State
from pipelines.serving.source import app_context
from streaming.errors import CodecError
from streaming.kafka.consumer import Received, end_offsets, read_records, read_topic
from streaming.kafka.producer import EventProducer
from streaming.kafka.topics import VIEWING
from streaming.schema.bounds import UNKNOWN_FILM, broken_rule
from streaming.schema.events import Play, ViewingEvent, derive_id
from streaming.schema.identity import Pseudonymiser, load_or_create_key
from streaming.serving.server import AppContext
from tests.models.audiences import film_of, two_groups

FAMILY = "recommender"
_SILVER = pa.schema(
    [
        *((name, pa.string()) for name in ("event_id", "type", "viewer_id", "film_id")),
        ("rating", pa.float64()),
        ("occurred_at", pa.timestamp("us", "UTC")),
        ("partition", pa.int32()),
        ("offset", pa.int64()),
    ]
)
_QUARANTINE = pa.schema(
    [
        ("topic", pa.string()),
        ("partition", pa.int32()),
        ("offset", pa.int64()),
        ("value", pa.binary()),
        ("headers", pa.list_(pa.struct([("key", pa.string()), ("value", pa.binary())]))),
        ("reason", pa.string()),
    ]
)


@dataclass(frozen=True)
class SmallState:
    """24 viewers, of whom the even ones like comedies and the odd ones westerns; 12 films of each.

    Version 1 (transitions) serves, version 2 (popularity) waits.
    """

    state: State
    bootstrap: str

    @property
    def registry(self) -> Registry:
        """The registry, as another process would open it."""
        return Registry(self.state.mlflow)

    @property
    def world(self) -> AppContext:
        """What an app is made of."""
        return app_context(self.state, self.bootstrap)

    def pseudonym(self, raw: str) -> str:
        """The pseudonym of a viewer."""
        return Pseudonymiser(load_or_create_key(self.state.keys))(raw)

    def events(self) -> list[ViewingEvent]:
        """What the viewers did before the cycle."""
        frame = two_groups()
        return [
            Play(
                event_id=derive_id(str(self.state.root), row.viewer_id, row.film_id),
                occurred_at=int(row.occurred_at),
                viewer_id=self.pseudonym(row.viewer_id),
                film_id=row.film_id,
            )
            for row in frame.itertuples(index=False)
        ]


def make(root: Path, bootstrap: str) -> SmallState:
    """Write the state, and send its events to the topic."""
    small = SmallState(State.at(root), bootstrap)
    _silver(small, _sent(small))
    describe(small.state, {film_of(viewer, number): True for viewer in (0, 1) for number in range(12)})
    _models(small)
    return small


def describe(state: State, films: dict[str, bool]) -> None:
    """Add films to the catalogue, and whether they are out."""
    rows = {
        "film_id": list(films),
        "title": [film.title() for film in films],
        "genres": [[film.partition("-")[0].title()] for film in films],
        "released": list(films.values()),
        "people": [[] for _ in films],
        "release_date": [date(2020, 1, 1)] * len(films),
        "as_of": pa.array([datetime(2024, 1, 1, tzinfo=UTC)] * len(films), pa.timestamp("us", "UTC")),
    }
    schema = {"people": pa.list_(pa.string())}
    table = pa.table({name: pa.array(values, schema.get(name)) for name, values in rows.items()})
    write_deltalake(state.lake / catalogue.TABLE, table, mode="append")


def _sent(small: SmallState) -> list[Received]:
    """Send the events, and read where they stand."""
    starts = end_offsets(small.bootstrap, [VIEWING.name])[VIEWING.name]
    with EventProducer(small.bootstrap) as producer:
        for event in small.events():
            producer.send(event, "test#L1")
    ours = {event.event_id for event in small.events()}
    found = read_topic(small.bootstrap, VIEWING.name, starts)
    return [each for each in found if isinstance(each.event, ViewingEvent) and each.event.event_id in ours]


def close_cycle(small: SmallState) -> None:
    """What a further cycle does for the server: each event that came since goes to silver, or waits in quarantine."""
    read = Ledger(small.state.cycles).records()[-1]["read"][VIEWING.name]
    films = catalogue.read(small.state.lake).films
    found: dict[str, Received] = {}
    waiting = []
    for record in read_records(small.bootstrap, VIEWING.name, {int(place): at for place, at in read.items()}):
        event = _decoded(record)
        if event is None or broken_rule(event, record.timestamp) or event.event_id in found:
            continue
        if event.film_id in films:
            found[event.event_id] = Received(event, record.topic, record.partition, record.offset)
        else:
            headers = [{"key": name, "value": content} for name, content in record.headers]
            waiting.append([record.topic, record.partition, record.offset, record.value, headers, UNKNOWN_FILM])
    rows = [dict(zip(_QUARANTINE.names, row, strict=True)) for row in waiting]
    write_deltalake(small.state.lake / QUARANTINE, pa.Table.from_pylist(rows, _QUARANTINE), mode="append")
    _silver(small, list(found.values()))


def _decoded(record: ConsumerRecord) -> ViewingEvent | None:
    try:
        event = VIEWING.codec.decode(record.value, record.headers)
    except CodecError:
        return None
    return event if isinstance(event, ViewingEvent) else None


def _silver(small: SmallState, found: list[Received]) -> None:
    """Events into silver, and a cycle that ends where the topic does."""
    rows = [
        {"rating": None, **each.event.model_dump(), "type": each.event.type.rpartition(".")[2], **each._asdict()}
        for each in found
        if isinstance(each.event, ViewingEvent)
    ]
    frame = pd.DataFrame(rows, columns=_SILVER.names)
    frame["occurred_at"] = pd.to_datetime(frame["occurred_at"], unit="ms", utc=True)
    table = pa.Table.from_pandas(frame, _SILVER, preserve_index=False)
    write_deltalake(small.state.lake / SILVER, table, mode="append")
    ends = {str(place): at for place, at in end_offsets(small.bootstrap, [VIEWING.name])[VIEWING.name].items()}
    ledger = Ledger(small.state.cycles)
    number = ledger.open_or_resume()
    ledger.note(number, read={VIEWING.name: ends}, features={"interaction_sequence": 0})
    ledger.close(number)


def _models(small: SmallState) -> None:
    for cycle, member in enumerate(("transitions", "popularity"), 1):
        small.registry.register(FAMILY, member, cycle, members()[member]().fit(two_groups()).save)
    small.registry.promote(FAMILY, 1)
