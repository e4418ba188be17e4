"""A machine that writes events: schema-valid, extreme, of all input types; the same for the same seed.

Each event is made from its Pydantic model. A few of its fields, or all, are at the edges that their types allow; the
others are plausible and of the state's own world, so that the event gets as far into the loop as it can.
"""

import json
from collections.abc import Iterator, Mapping
from random import Random

from streaming.kafka.topics import topic_of
from streaming.schema.events import VIEWING, BoxOfficeDay, Event, FilmDescribed, ViewerDescribed
from tests.hostile.client import Sent, headers
from tests.hostile.fields import Edges, plausible
from tests.hostile.fragments import Fragment
from tests.hostile.world import World

_MODELS = (*VIEWING, *[FilmDescribed] * 4, ViewerDescribed, *[BoxOfficeDay] * 2)
_LONGEST = 1_000_000  # bytes: the broker takes little more of one record
_ODD = (0, 0, 1, 1, 2, 3, 99)  # fields of an event at their edges
_TOLD = 0.7  # of the fields that may be left out
_EXTRAS = (  # fields that no model knows, or that are told twice
    *([None] * 30),
    '"malformed":"yes"',
    '"event_id":"another"',
    '"FILM_ID":"other"',
    '"type":5',
    '"occurred_at":1,"occurred_at":2',
    '"deep":' + "[" * 300 + "]" * 300,
    '"":{}',
)
_IDS = ("\0", " ", "/", "'", '"', "<b>", "ids of length " + "n" * 100, "🎬", "\u202e", "a,b", "%", "$", "\x1f")


def generated(number: int, world: World, clock_ms: int) -> Iterator[Sent]:
    """Records without end.

    Args:
        number: the seed.
        clock_ms: the broker's time, in UTC milliseconds.
    """
    edges, rng = Edges(number, world.now_ms, clock_ms), Random(number)
    while True:
        made = _event(rng.choice(_MODELS), edges, world, rng)
        if len(made.value) < _LONGEST:
            yield made


def _event(model: type[Event], edges: Edges, world: World, rng: Random) -> Sent:
    fields = {name: field for name, field in model.model_fields.items() if name != "event_id"}
    odd = set(rng.sample(sorted(fields), min(rng.choice(_ODD), len(fields))))
    body: dict[str, Fragment] = {}
    for name, field in fields.items():
        if name in odd:
            body[name] = edges.of(name, field, rng)
        elif field.annotation is not type(None) and (field.is_required() or rng.random() < _TOLD):
            body[name] = plausible(name, world, rng)
    value = _written(body, rng.choice(_EXTRAS))
    return Sent(topic_of(model.type).name, _key(body, rng), value, headers(_identity(world, rng), model.type))


def _identity(world: World, rng: Random) -> str:
    """Mostly a new id; or one that was used before, by us or by others, or an odd one."""
    if rng.random() < 0.8:
        return f"odd-{rng.getrandbits(64):x}"
    return rng.choice([f"reused {rng.randrange(30)}", rng.choice(world.events), rng.choice(_IDS)])


def _key(body: Mapping[str, Fragment], rng: Random) -> bytes | None:
    """What a client takes for the key: as it should be, or anything."""
    right = body.get("viewer_id", body.get("film_id", "null"))[:1_000].encode()
    return rng.choice([right] * 6 + [None, b"", b"\xff\xfe\0"])


def _written(body: Mapping[str, Fragment], extra: Fragment | None) -> bytes:
    told = [f"{json.dumps(name)}:{fragment}" for name, fragment in body.items()]
    return f"{{{','.join([*told, *([extra] if extra else [])])}}}".encode()
