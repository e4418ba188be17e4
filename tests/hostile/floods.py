"""What no single event shows: viewers of thousands of events, films that contradict themselves, crowds of one.

All of it is plausible event by event, and near a state's own time, so that the lake accepts it.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import chain
from typing import Any

from tests.hostile.client import Sent, event
from tests.hostile.fields import ODD_IDS
from tests.hostile.fragments import DAY_MS
from tests.hostile.world import World

_VIEWING = ("impression", "play", "complete", "like", "skip", "rate", "trailer", "search", "progress", "read")
_ASKED_OF = {
    "wide": True,
    "opening_theatres": 900,
    "budget": 1e7,
}  # what a film must tell, or no outlook is asked of it
_FACTS: tuple[dict[str, Any], ...] = (  # odd, and yet to be believed
    {"budget": 0.01, "runtime_minutes": 1, "opening_theatres": 0},
    {"genres": [f"Genre {number}" for number in range(1_000)], "countries": ["\u202e"] * 100},
    {
        "people": [f"Person {number}" for number in range(1_000)],
        "stars": ["s" * 1_000] * 100,
        "directors": [""] * 1_000,
    },
    {"title": "T" * 1_000, "synopsis": "S " * 25_000, "certificate": "c" * 1_000, "distributor": "d" * 1_000},
    {"genres": ["", "|", "a|b", "other", "unknown", "$\\frac{1}$", "Drama", "Drama"]},
    {"title": "", "synopsis": "", "certificate": "", "distributor": ""},
    {"title": "$\\frac{1}{", "synopsis": "INT. ROOM - DAY\n\n\n>END<", "certificate": "\u202e", "distributor": "[/]"},
    {"title": "<script>alert(1)</script>", "release_date": "1895-01-01", "wide": True},
    {"genres": ["all", "\u2028", "Drama "], "companies": ["../.."], "languages": ["%s"], "synopsis": "{{ x }} 🎬"},
)
_BEYOND: tuple[dict[str, Any], ...] = (
    {"runtime_minutes": 1e39, "budget": 1e39},
    {"runtime_minutes": -1e308, "budget": -5e-324, "opening_theatres": -1},
    {"runtime_minutes": 5e-324, "budget": 5e-324, "opening_theatres": 2**31 - 1},
    {"genres": [f"Genre {number}" for number in range(3_000)]},
    {"people": [f"Person {number}" for number in range(5_000)], "companies": ["\0"]},
    {"title": "T" * 500_000, "synopsis": "S " * 100_000},
)
_ODD_FACTS = (*_FACTS, *_FACTS, *_FACTS, *_BEYOND)


def floods(world: World) -> Iterator[Sent]:
    """All of them, one after the other."""
    yield from chain(
        _odd_films(world), _turncoat(world), _openings(world), _devoted(world), _crowd(world), _runs(world)
    )


def _odd_films(world: World) -> Iterator[Sent]:
    """Films of odd ids and of odd facts, with viewers and a whole run: outlooks and the market learn from these."""
    for number, film in enumerate([*ODD_IDS, *(f"odd facts {number}" for number in range(len(_ODD_FACTS)))]):
        facts = {"title": film[:50], "genres": ["Odd"], "opens": _day(world, -70), **_ASKED_OF}
        yield _film(world, film, f"described {number}", **{**facts, **_ODD_FACTS[number % len(_ODD_FACTS)]})
        for viewer in range(5):
            yield _viewing(world, "play", f"seen {number} {viewer}", f"odd viewer {viewer}", film_id=film)
        for day in range(-70, -20):
            yield _gross(world, f"run {number} {day}", film, _day(world, day), 1_000.0 * -day)


def _turncoat(world: World) -> Iterator[Sent]:
    """One film, described again and again, each time otherwise."""
    for number in range(200):
        facts = {**_ODD_FACTS[number % len(_ODD_FACTS)], "opens": _day(world, number - 100)}
        yield _film(world, "turncoat", f"turns {number}", **{"title": f"Turn {number}", **facts})


def _openings(world: World) -> Iterator[Sent]:
    """Films that open in the next weeks: they are asked of by outlooks, campaigns and the market."""
    for number in range(60):
        facts = _ODD_FACTS[number % len(_ODD_FACTS)]
        told = {"title": f"Soon {number}", "opens": _day(world, number), **_ASKED_OF, **facts}
        yield _film(world, f"to open {number}", f"opens {number}", **told)


def _devoted(world: World) -> Iterator[Sent]:
    """A viewer of thousands of events: every film many times, and every answer to every slate."""
    slates = [*world.slates, "no such slate"]
    for number in range(2_000):
        kind, film = _VIEWING[number % len(_VIEWING)], world.films[number % len(world.films)]
        more: dict[str, Any] = {"rating": 5} if kind in ("rate", "read") else {}
        more |= {"fraction": 1} if kind == "progress" else {}
        more |= {"query": "q" * (number % 300)} if kind == "search" else {}
        more |= {"script_id": "no such script"} if kind == "read" else {"film_id": film}
        answered = {"slate_id": slates[number % len(slates)], "position": number % 11, "propensity": 1 / (1 + number)}
        yield _viewing(world, kind, f"devoted {number}", "devoted", **more, **answered)


def _crowd(world: World) -> Iterator[Sent]:
    """Viewers of one event each, whose occupations all differ."""
    for number in range(200):
        viewer = f"crowd {number} {ODD_IDS[number % len(ODD_IDS)][:500]}"
        yield _viewing(world, "play", f"once {number}", viewer, film_id=world.films[number % len(world.films)])
        told = {"viewer_id": viewer, "occupation": f"job {number} |\0$", "age_band": "", "gender": "\u202e"}
        yield event("viewer.described", f"flood told {number}", viewer, occurred_at=world.now_ms - DAY_MS, **told)


def _runs(world: World) -> Iterator[Sent]:
    """A film of years, one of many territories, one of a single day of the most that is believed."""
    for day in range(-700, 0):
        yield _gross(world, f"for years {day}", world.films[0], _day(world, day), 1.0)
    for number in range(100):
        yield _gross(world, f"lands {number}", world.films[1], _day(world, -1), 5e-324, territory=f"Land {number}")
    yield _gross(world, "all at once", world.films[2], _day(world, -1), 1e9, screens=2**31 - 1, rank=-(2**31))


def _film(world: World, film: str, name: str, **facts: Any) -> Sent:
    at = world.now_ms - 90 * DAY_MS
    return event("film.described", f"flood {name}", film, occurred_at=at, film_id=film, **facts)


def _viewing(world: World, kind: str, name: str, viewer: str, **facts: Any) -> Sent:
    at = world.now_ms - DAY_MS
    return event(f"viewing.{kind}", f"flood {name}", viewer, occurred_at=at, viewer_id=viewer, **facts)


def _gross(world: World, name: str, film: str, day: str, gross: float, **facts: Any) -> Sent:
    told = {"occurred_at": world.now_ms, "film_id": film, "date": day, "gross": gross}
    return event("boxoffice.day", f"flood {name}", film, **told, **facts)


def _day(world: World, step: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=world.now_ms // DAY_MS + step)).isoformat()
