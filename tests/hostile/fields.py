"""A field's values: at the edges that its type allows, or plausible and of the state's own world."""

import json
import types
from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Annotated, Any, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic.fields import FieldInfo

from tests.hostile import fragments
from tests.hostile.fragments import DAY_MS, Fragment
from tests.hostile.world import World

ODD_IDS = (
    *("/", "../../odd", "a|b", "US/Comedy", "film'id", 'film"id', "film`id", "\0", " ", "\n", "$x^2_{$", "nan", "None"),
    *("<script>alert(1)</script>", "שלום\u202eevil", "[red]", "{{ x }}", "%s", "a,b", "-", "0", "*", "🎬", "\x1f"),
    *("\u00e9", "e\u0301", "long " * 60, "longer " * 1_000),
)
_LONGEST_ID = "longest" * 100_000
_DRAWN = 200  # values of a kind, made once: to make one anew for each field of each event would take a minute
_STRANGERS = 200  # viewers and films whom nobody else knows


class Edges:
    """Values at the edges of fields' types; null, too, where a schema allows that."""

    def __init__(self, number: int, now_ms: int, clock_ms: int) -> None:
        """`number` is the seed; see `fragments.moments` for the times."""
        kinds = {
            "moment": fragments.moments(now_ms, clock_ms),
            "list": fragments.lists(fragments.texts()),
            "name": fragments.texts(least=1),
            str: fragments.texts(),
            int: fragments.wholes(),
            float: fragments.reals(),
            bool: st.sampled_from(["true", "false"]),
            date: fragments.days(now_ms),
            types.NoneType: st.just("null"),
        }
        self._drawn = {kind: fragments.drawn(strategy, _DRAWN, number) for kind, strategy in kinds.items()}

    def of(self, name: str, field: FieldInfo, rng: Random) -> Fragment:
        """One of the values of a field."""
        return rng.choice(self._drawn[_kind(name, field, rng)])


def _kind(name: str, field: FieldInfo, rng: Random) -> Any:
    """What a field's annotation allows; of several, one."""
    annotation = field.annotation
    optional = get_origin(annotation) in (Union, types.UnionType)
    kind = rng.choice(get_args(annotation)) if optional else annotation
    kind = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if name == "occurred_at":
        return "moment"
    if get_origin(kind) is tuple:
        return "list"
    return "name" if kind is str and any(getattr(rule, "min_length", 0) for rule in field.metadata) else kind


def plausible(name: str, world: World, rng: Random) -> Fragment:
    """A value of the state's own world, odd ids among them: what is odd in one event is known from another."""
    return json.dumps(_PLAUSIBLE[name](world, rng), ensure_ascii=False)


Maker = Callable[[World, Random], Any]


def _ids(known: Callable[[World], tuple[str, ...]], stranger: str) -> Maker:
    """Ids that the state knows, odd ones, and those of strangers."""

    def make(world: World, rng: Random) -> str:
        if rng.random() < 0.002:
            return _LONGEST_ID
        return rng.choice([*known(world), f"{stranger} {rng.randrange(_STRANGERS)}"] if rng.random() < 0.7 else ODD_IDS)

    return make


def _decided(known: Callable[[World], tuple[str, ...]]) -> Maker:
    """A decision that was made, one that was not, or none."""
    return lambda world, rng: rng.choice([rng.choice([*known(world), None]), "no such decision", None])


def _day(world: World, rng: Random) -> str:
    today = date(1970, 1, 1) + timedelta(days=world.now_ms // DAY_MS)
    return (today + timedelta(days=rng.randint(-40, 40))).isoformat()


def _names(kind: str) -> Maker:
    return lambda world, rng: [f"{kind} {rng.randrange(_STRANGERS)}" for _ in range(rng.randrange(5))]


def _some(*values: Any) -> Maker:
    return lambda world, rng: rng.choice(values)


def _up_to(most: float, least: float = 0) -> Maker:
    return lambda world, rng: rng.uniform(least, most)


def _count(most: int, least: int = 0) -> Maker:
    return lambda world, rng: rng.randint(least, most)


_PLAUSIBLE: dict[str, Maker] = {
    "occurred_at": lambda world, rng: world.now_ms - rng.randrange(40 * DAY_MS),
    "film_id": _ids(lambda world: world.films, "odd film"),
    "viewer_id": _ids(lambda world: world.viewers, "odd viewer"),
    "slate_id": _decided(lambda world: world.slates),
    "campaign_id": _decided(lambda world: world.campaigns),
    "script_id": lambda world, rng: rng.choice([*world.scripts, "no such script"]),
    "position": _count(10, 1),
    "propensity": _up_to(1, 0.001),
    "fraction": _up_to(1),
    "rating": lambda world, rng: rng.randint(1, 10) / 2,
    "query": _some("love", "🎬", ""),
    "date": _day,
    "gross": _up_to(3e6),
    "territory": _some("US", "US", "FR"),
    "screens": _count(4_000),
    "rank": _count(50, 1),
    "title": lambda world, rng: f"Odd Film {rng.randrange(_STRANGERS)}",
    "genres": lambda world, rng: rng.sample([*world.genres, "Odd"], rng.randint(0, 2)),
    "people": _names("Person"),
    "release_date": _day,
    "budget": _up_to(3e8),
    "synopsis": _some("A film of which little is told.", "", None),
    "distributor": _some("Odd & Sons", None),
    "certificate": _some("PG-13", "R", None),
    "runtime_minutes": _count(200, 60),
    "directors": _names("Director"),
    "writers": _names("Writer"),
    "stars": _names("Star"),
    "companies": _names("Company"),
    "countries": _some(["US"], []),
    "languages": _some(["en"], []),
    "opens": _day,
    "wide": _some(True, False, None),
    "opening_theatres": _count(4_000, 1),
    "age_band": _some("18-24", "25-34", None),
    "gender": _some("F", "M", None),
    "occupation": _some("writer", "artist", None),
}
