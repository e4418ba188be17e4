"""Whoever listens to the topics goes on, whatever stands there: an event, or a sentence why it is none."""

from itertools import islice

from streaming.errors import CodecError
from streaming.kafka.topics import TOPICS, VIEWING
from streaming.schema.events import Event, Play, ViewingEvent
from streaming.serving.histories.lake_histories import LakeHistories
from streaming.serving.histories.store import ViewerHistories
from tests.hostile.client import Sent, headers
from tests.hostile.generator import generated
from tests.hostile.world import World

_CLOCK_MS = 1_767_225_600_000
_WORLD = World(1_420_000_000_000, ("f1",), ("v1",), ("e1",), ("s1",), ("c1",), (), ("Drama",))
_TOPICS = {topic.name: topic for topic in TOPICS}


def decoded(sent: Sent) -> Event | CodecError:
    try:
        return _TOPICS[sent.topic].codec.decode(sent.value, sent.headers)
    except CodecError as error:
        return error


def test_the_serving_app_takes_in_or_refuses_each_event() -> None:
    viewers = ViewerHistories(LakeHistories())
    met = [decoded(sent) for sent in islice(generated(21, _WORLD, _CLOCK_MS), 1_000)]
    events = [event for event in met if isinstance(event, ViewingEvent)]
    told = {viewers.ingest(event, _CLOCK_MS, (0, place)).name for place, event in enumerate(events)}
    assert told == {"ACCEPTED", "DUPLICATE", "REFUSED"}
    for event in events:
        known = viewers.snapshot(event.viewer_id)
        assert known.digest and sorted(known.interactions, key=lambda each: each.at) == list(known.interactions)
    assert any(isinstance(event, CodecError) for event in met), "and some are none, by a sentence"


def test_headers_are_read_as_the_lake_reads_them() -> None:
    play = Play(event_id="e", occurred_at=_CLOCK_MS, viewer_id="v", film_id="f")
    value, more = VIEWING.codec.encode(play, "app").value, [("ce_id", b"another"), ("traceparent", None)]
    assert VIEWING.codec.decode(value, [*headers("e", play.type), *more]) == play
