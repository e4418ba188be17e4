"""What one viewer has done, event by event: the online half of `features/interaction_sequence`.

All that is kept is made by minimum, maximum and or, so the order in which events come does not matter.
"""

from collections.abc import Container
from dataclasses import dataclass, field
from typing import NamedTuple

from streaming.schema.events import Complete, Event, Like, Play, Progress, Rate, Skip, ViewingEvent, derive_id

TAKEN_UP = (Play, Progress, Complete, Rate, Like)
_WATCHED, _LIKED, _DISLIKED = 3.0, 4.0, 3.0  # stars: from, from, below


class Interaction(NamedTuple):
    """A film that a viewer took up: when first (UTC milliseconds), how much (as the feature table has it), and how."""

    film_id: str
    at: int
    strength: float
    deed: str  # as `TakenUp.deed`


@dataclass(frozen=True)
class Known:
    """A viewer's history at one moment: interactions by time and film, and the films waved away."""

    interactions: tuple[Interaction, ...] = ()
    skipped: frozenset[str] = frozenset()

    def among(self, films: Container[str]) -> "Known":
        """What of it is about these films."""
        return Known(
            tuple(entry for entry in self.interactions if entry.film_id in films),
            frozenset(film for film in self.skipped if film in films),
        )

    @property
    def mark(self) -> str:
        """The same for the same history, whenever and from whatever it was built."""
        return derive_id("history", *(part for entry in self.interactions for part in entry), *sorted(self.skipped))


NEWCOMER = Known()


@dataclass(slots=True)
class TakenUp:
    """One film of a history: first time (UTC milliseconds), highest rating (stars), watched to its end, liked."""

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
    def deed(self) -> str:
        """What tells most of it, in words that the film's title ends: "finished", "gave 4 stars to"."""
        if self.liked:
            return "liked"
        if self.rating is not None:
            return f"gave {self.rating:g} {'star' if self.rating == 1 else 'stars'} to"
        return "finished" if self.watched else "began"


@dataclass(slots=True)
class History:
    """One viewer's history; not for use by several threads."""

    films: dict[str, TakenUp] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)  # kind, such as "play" → events
    first_seen: int | None = None  # UTC milliseconds
    last_seen: int | None = None

    def tell(self, event: ViewingEvent) -> bool:
        """Take an event in; whether it changed what the next slate is ranked from, or says of it."""
        kind = event.type.rpartition(".")[2]
        self.counts[kind] = self.counts.get(kind, 0) + 1
        self.first_seen = event.occurred_at if self.first_seen is None else min(self.first_seen, event.occurred_at)
        self.last_seen = event.occurred_at if self.last_seen is None else max(self.last_seen, event.occurred_at)
        if isinstance(event, Skip):
            before = len(self.skipped)
            self.skipped.add(event.film_id)
            return len(self.skipped) > before
        return isinstance(event, TAKEN_UP) and self._take_up(event)

    def known(self) -> Known:
        """The history as it is now, unchangeable."""
        entries = (Interaction(film, taken.at, taken.strength, taken.deed) for film, taken in self.films.items())
        by_time = sorted(entries, key=lambda entry: (entry.at, entry.film_id))
        return Known(tuple(by_time), frozenset(self.skipped))

    def _take_up(self, event: Event) -> bool:
        film = str(event.film_id)  # type: ignore[attr-defined]
        taken = self.films.get(film)
        if taken is None:
            self.films[film] = taken = TakenUp(event.occurred_at)
            before = None
        else:
            before = (taken.at, taken.strength, taken.deed)
        taken.at = min(taken.at, event.occurred_at)
        if isinstance(event, Rate):
            taken.rating = event.rating if taken.rating is None else max(taken.rating, event.rating)
        taken.watched |= isinstance(event, Complete)
        taken.liked |= isinstance(event, Like)
        return before != (taken.at, taken.strength, taken.deed)
