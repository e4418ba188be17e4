"""A state folder as a finished cycle leaves it, small and made of real parts: topic, silver, catalogue, registry."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
from deltalake import write_deltalake

from models.recommenders import members
from pipelines.ledger import Ledger
from pipelines.registry import Registry
from pipelines.serving.wiring import world
from pipelines.state import State
from streaming.consumer import Received, end_offsets, read_topic
from streaming.events import Play, ViewingEvent, derive_id
from streaming.identity import Pseudonymiser, load_or_create_key
from streaming.producer import EventProducer
from streaming.serving.server import World
from streaming.topics import VIEWING
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
    def world(self) -> World:
        """What an app is made of."""
        return world(self.state, self.bootstrap)

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
    films = [film_of(viewer, number) for viewer in (0, 1) for number in range(12)]
    catalogue = {
        "film_id": films,
        "title": [film.title() for film in films],
        "genres": [[film.partition("-")[0].title()] for film in films],
        "released": [True] * len(films),
    }
    write_deltalake(small.state.lake / "features" / "film", pa.table(catalogue))
    _models(small)
    return small


def _sent(small: SmallState) -> list[Received]:
    """Send the events, and read where they stand."""
    starts = end_offsets(small.bootstrap, [VIEWING.name])[VIEWING.name]
    with EventProducer(small.bootstrap) as producer:
        for event in small.events():
            producer.send(event, "test#L1")
    ours = {event.event_id for event in small.events()}
    found = read_topic(small.bootstrap, VIEWING.name, starts)
    return [each for each in found if isinstance(each.event, ViewingEvent) and each.event.event_id in ours]


def _silver(small: SmallState, found: list[Received]) -> None:
    rows = [
        {**each.event.model_dump(), "type": "play", "rating": None, "partition": each.partition, "offset": each.offset}
        for each in found
        if isinstance(each.event, ViewingEvent)
    ]
    frame = pd.DataFrame(rows)
    frame["occurred_at"] = pd.to_datetime(frame["occurred_at"], unit="ms", utc=True)
    table = pa.Table.from_pandas(frame[_SILVER.names], _SILVER, preserve_index=False)
    write_deltalake(small.state.lake / "silver" / "viewing", table)
    ends = {str(place): at for place, at in end_offsets(small.bootstrap, [VIEWING.name])[VIEWING.name].items()}
    ledger = Ledger(small.state.cycles)
    ledger.note(ledger.open(), read={VIEWING.name: ends}, features={"interaction_sequence": 0})
    ledger.close(1)


def _models(small: SmallState) -> None:
    for cycle, member in enumerate(("transitions", "popularity"), 1):
        small.registry.register(FAMILY, member, cycle, members()[member]().fit(two_groups()).save)
    small.registry.promote(FAMILY, 1)
