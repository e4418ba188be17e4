"""What the audience's tests share: small worlds, a pseudonym, slates."""

from collections.abc import Iterable, Mapping
from hashlib import sha256

import numpy as np

from streaming.audience.clock import begins
from streaming.audience.films import film_id
from streaming.audience.slate_frames import shown_slates
from streaming.audience.truth import Truth, truth_of
from streaming.audience.week_state import WeekState
from streaming.audience.world import World
from streaming.schema.events import Slate, SlateItem, SourcedEvent, derive_id

SMALL = World(7, viewers=60, films=80)


def pseudonym(raw: str) -> str:
    """A stand-in for the border's keyed hash."""
    return sha256(f"key{raw}".encode()).hexdigest()[:20]


def slate(viewer: str, films: Iterable[str], week: int = 1, propensity: float = 0.5) -> Slate:
    """A slate of these films, from position 1 on."""
    items = tuple(SlateItem(film_id=film, position=place, propensity=propensity) for place, film in enumerate(films, 1))
    return Slate(
        event_id=derive_id("slate", week, viewer),
        occurred_at=begins(week) - 1,
        viewer_id=viewer,
        cycle=week,
        policy="test",
        items=items,
    )


def scene_of(world: World, week: int = 1, watched: Mapping[str, set[str]] | None = None) -> WeekState:
    """The hidden state of a week."""
    return WeekState(world, week, watched or {}, pseudonym)


def random_slates(world: World, week: int = 1, size: int = 10, draw: int = 0) -> dict[str, Slate]:
    """For every viewer of the week, films drawn uniformly from those that they can begin to watch."""
    scene, chance = scene_of(world, week), np.random.default_rng(draw)
    chosen = [chance.permutation(np.flatnonzero(row))[:size] for row in scene.attraction > 0]
    return {
        viewer: slate(viewer, [film_id(film) for film in films], week)
        for viewer, films in zip(scene.viewers, chosen, strict=True)
    }


def best_slates(scene: WeekState, size: int = 10) -> dict[str, Slate]:
    """For every viewer of the scene, the most attractive films, the best one first."""
    best = np.argsort(-scene.attraction, axis=1)[:, :size]
    return {
        viewer: slate(viewer, [film_id(film) for film in films], scene.week)
        for viewer, films in zip(scene.viewers, best, strict=True)
    }


def as_lines(told: Iterable[SourcedEvent]) -> list[str]:
    """Events as text, so that equality covers type, identity, content, source and order."""
    return [f"{event.type} {source} {event.model_dump_json()}" for event, source in told]


def truth_of_week(world: World, week: int, slates: Mapping[str, Slate], watched: Mapping[str, set[str]]) -> Truth:
    """The truth of slates that are shown in a week."""
    state = scene_of(world, week, watched)
    return truth_of(state, shown_slates(state, slates))
