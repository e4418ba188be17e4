"""The hidden state of a week before any slate is answered: viewers, what they have seen, films, attraction."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np

from streaming.audience.clock import first_day, midnight, time_of_day
from streaming.audience.films import Films, film_id
from streaming.audience.numeric import Booleans, Floats, Integers, generator, logistic
from streaming.audience.organic_discovery import Discoveries, find
from streaming.audience.pseudonyms import Pseudonym, raw_id
from streaming.audience.trailers import Trailers, push, weeks_ago
from streaming.audience.viewers import signed_up
from streaming.audience.world import World
from streaming.errors import AudienceError

Watched = Mapping[str, Collection[str]]
VISITING_DAYS = 6  # all but Sunday: what is begun then can be finished before the week ends


@dataclass(frozen=True)
class WeekState:
    """The hidden state of one week (≥ 1); `watched` holds the film_ids that a viewer (by pseudonym) has seen.

    `trailers` are those of earlier weeks: one works from the week after on.

    Raises:
        AudienceError: the week is before the first.
    """

    world: World
    week: int
    watched: Watched
    pseudonym: Pseudonym
    trailers: Trailers = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise AudienceError if the week is before the first."""
        if self.week < 1:
            raise AudienceError(f"saw week {self.week}; the audience lives from week 1 on")

    @cached_property
    def films(self) -> Films:
        """All films announced by the end of the week."""
        return self.world.films_of(self.week)

    @cached_property
    def film_row(self) -> dict[str, int]:
        """The row of each film, by film_id."""
        return {film_id(row): row for row in range(len(self.films))}

    @cached_property
    def viewers(self) -> list[str]:
        """The pseudonyms of all who joined before the week."""
        return [self.pseudonym(raw_id(row)) for row in range(signed_up(self.world.viewers, self.week - 1))]

    @cached_property
    def viewer_row(self) -> dict[str, int]:
        """The row of each viewer, by pseudonym."""
        return {viewer: row for row, viewer in enumerate(self.viewers)}

    @cached_property
    def enjoyment(self) -> Floats:
        """How much a viewer would enjoy a film, (viewers, films)."""
        return self.world.enjoyment(self.week)

    @cached_property
    def seen(self) -> Booleans:
        """What each viewer has watched before the week, (viewers, films)."""
        seen = np.zeros((len(self.viewers), len(self.films)), dtype=np.bool_)
        for viewer in self.watched.keys() & self.viewer_row.keys():
            seen[self.viewer_row[viewer], [self.film_row[film] for film in self.watched[viewer]]] = True
        return seen

    @cached_property
    def visits(self) -> Integers:
        """When each viewer opens the slate: once a week, on any day but Sunday, UTC ms, (viewers,)."""
        day, hour = generator(self.world.seed, "visit", self.week).random((2, len(self.viewers)))
        return np.asarray(
            midnight(first_day(self.week) + (day * VISITING_DAYS).astype(np.int64)) + time_of_day(hour), dtype=np.int64
        )

    @cached_property
    def discoveries(self) -> Discoveries:
        """The films that viewers find by themselves in the week, whatever the slates are."""
        return find(self.world.seed, self.week, self._trailer_lure, self.films, self.seen)

    @cached_property
    def attraction(self) -> Floats:
        """The probability of a click once examined, (viewers, films).

        It is 0 for what is not released, or already seen, when the viewer opens the slate.
        """
        shut = midnight(self.films.released)[None, :] > self.visits[:, None]
        shut |= self.seen
        sooner = self.discoveries.moment < self.visits[self.discoveries.viewer]
        shut[self.discoveries.viewer[sooner], self.discoveries.film[sooner]] = True
        return np.where(shut, 0.0, logistic(self._trailer_lure + self._unfilled_appetite[:, None]))

    @cached_property
    def _unfilled_appetite(self) -> Floats:
        """What makes viewers less choosy once they have seen what they like best, log odds ≥ 0, (viewers,).

        It holds the mean attraction of what is left near that of all that is released, so that clicks do not
        dry up in the years in which viewers watch more than is made for them.
        """
        released = self.films.released < first_day(self.week)
        lures, left = logistic(self._trailer_lure[:, released]), ~self.seen[:, released]
        mean_left = (lures * left).sum(axis=1) / np.maximum(left.sum(axis=1), 1)
        return np.asarray(np.maximum(np.log(lures.mean(axis=1) / np.maximum(mean_left, 1e-9)), 0.0), dtype=np.float64)

    @cached_property
    def _trailer_lure(self) -> Floats:
        """The log odds of a click once examined, with the effect of trailers, (viewers, films)."""
        lure = _cached_lure(self.world, self.week)
        if not self.trailers:
            return lure
        return lure + push(self.world, self.week, weeks_ago(self.trailers, self.week, self.viewer_row, self.film_row))


@lru_cache(maxsize=4)
def _cached_lure(world: World, week: int) -> Floats:
    """The world's lure in a week, (viewers, films); cached, since all states of the week share it."""
    return world.lure(week)
