"""One viewer's history, updated event by event: the online form of `features/interaction_sequence`.

Everything is aggregated by minimum, maximum and or, so the order of the events does not matter.
"""

from collections.abc import Container
from dataclasses import dataclass, field
from typing import NamedTuple

from streaming.schema.events import Complete, Event, Like, Play, Progress, Rate, Skip, ViewingEvent, derive_id

TAKEN_UP = (Play, Progress, Complete, Rate, Like)
_WATCHED, _LIKED, _DISLIKED = 3.0, 4.0, 3.0  # stars: from, from, below


class Interaction(NamedTuple):
    """A film that a viewer took up: first time (UTC milliseconds), strength (as in the feature table), and action."""

    film_id: str
    at: int
    strength: float
    action: str  # as `FilmActivity.action`


@dataclass(frozen=True)
class ViewerKnowledge:
    """An immutable snapshot of a viewer's history: interactions by time and film, and the films skipped."""

    interactions: tuple[Interaction, ...] = ()
    skipped: frozenset[str] = frozenset()

    def restricted_to(self, films: Container[str]) -> "ViewerKnowledge":
        """The part that is about these films."""
        return ViewerKnowledge(
            tuple(entry for entry in self.interactions if entry.film_id in films),
            frozenset(film for film in self.skipped if film in films),
        )

    @property
    def digest(self) -> str:
        """A digest, equal for equal histories."""
        return derive_id("history", *(part for entry in self.interactions for part in entry), *sorted(self.skipped))


NEWCOMER = ViewerKnowledge()


@dataclass(slots=True)
class FilmActivity:
    """What a viewer did with a film: first time (UTC ms), highest rating (stars), watched to the end, liked."""

    at: int
    rating: float | None = None
    watched: bool = False
    liked: bool = False

    @property
    def strength(self) -> float:
        """As `features/interaction_sequence` counts it: 0.5 for a film rated below 3, else 1 to 3."""
        rating = self.rating
        if rating is not None and rating < _DISLIKED:
            return 0.5
        watched = self.watched or (rating is not None and rating >= _WATCHED)
        liked = self.liked or (rating is not None and rating >= _LIKED)
        return 1.0 + watched + liked

    @property
    def action(self) -> str:
        """The most telling action, as words before a title: "finished", "gave 4 stars to"."""
        if self.liked:
            return "liked"
        if self.rating is not None:
            return f"gave {self.rating:g} {'star' if self.rating == 1 else 'stars'} to"
        return "finished" if self.watched else "began"


@dataclass(slots=True)
class History:
    """One viewer's history; not for use by several threads."""

    films: dict[str, FilmActivity] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)  # kind, such as "play" → events
    first_seen: int | None = None  # UTC milliseconds
    last_seen: int | None = None

    def add(self, event: ViewingEvent) -> bool:
        """Add an event to this history; return whether the snapshot changed."""
        kind = event.type.rpartition(".")[2]
        self.counts[kind] = self.counts.get(kind, 0) + 1
        self.first_seen = event.occurred_at if self.first_seen is None else min(self.first_seen, event.occurred_at)
        self.last_seen = event.occurred_at if self.last_seen is None else max(self.last_seen, event.occurred_at)
        if isinstance(event, Skip):
            before = len(self.skipped)
            self.skipped.add(event.film_id)
            return len(self.skipped) > before
        return isinstance(event, TAKEN_UP) and self._add_take_up(event)

    def snapshot(self) -> ViewerKnowledge:
        """The history as it is now."""
        entries = (Interaction(film, taken.at, taken.strength, taken.action) for film, taken in self.films.items())
        by_time = sorted(entries, key=lambda entry: (entry.at, entry.film_id))
        return ViewerKnowledge(tuple(by_time), frozenset(self.skipped))

    def _add_take_up(self, event: Event) -> bool:
        """Add an event of a film taken up; return whether the snapshot changed."""
        film = str(event.film_id)  # type: ignore[attr-defined]
        taken = self.films.get(film)
        if taken is None:
            self.films[film] = taken = FilmActivity(event.occurred_at)
            before = None
        else:
            before = (taken.at, taken.strength, taken.action)
        taken.at = min(taken.at, event.occurred_at)
        if isinstance(event, Rate):
            taken.rating = event.rating if taken.rating is None else max(taken.rating, event.rating)
        taken.watched |= isinstance(event, Complete)
        taken.liked |= isinstance(event, Like)
        return before != (taken.at, taken.strength, taken.action)
