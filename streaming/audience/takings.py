"""Tells the box office: one event a film and day of its run."""

from collections.abc import Iterator

import numpy as np

from streaming.audience.boxoffice import screens, week_of_grosses
from streaming.audience.clock import WEEK, date_of, first_day, midnight
from streaming.audience.films import film_id
from streaming.audience.world import World
from streaming.schema.events import BoxOfficeDay, derive_id


def takings(world: World, week: int) -> Iterator[BoxOfficeDay]:
    """What each film took on each day of `week`, which may lie before the start; rank 1 took most."""
    rows, grosses = week_of_grosses(world, week)
    days = first_day(week) + np.arange(WEEK)
    shown_on = screens(world.films_of(max(week, 0)), rows, days)
    ranks = np.argsort(np.argsort(-grosses, axis=0, kind="stable"), axis=0) + 1
    for film, offset in np.argwhere(grosses > 0):
        name, day = film_id(rows[film]), date_of(days[offset])
        yield BoxOfficeDay(
            event_id=derive_id("audience", world.seed, "boxoffice", name, day),
            occurred_at=midnight(int(days[offset]) + 1) - 1,
            film_id=name,
            date=day,
            gross=round(float(grosses[film, offset]), 2),
            screens=int(shown_on[film, offset]),
            rank=int(ranks[film, offset]),
        )
