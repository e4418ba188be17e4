"""The slates shown to viewers, as columns: one row a film of a slate."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from streaming.audience.numeric import Booleans, Floats, Integers
from streaming.audience.week_state import WeekState
from streaming.schema.events import Slate, SlateItem


@dataclass(frozen=True)
class ShownSlates:
    """What is shown: the slates in the order of their viewers, the films of each by position."""

    slates: tuple[Slate, ...]
    viewers: Integers  # (slates,): the viewers' rows in the state
    items: tuple[SlateItem, ...]
    slate: Integers  # (items,): its row in `slates`
    order: Integers  # (items,): from 0 within the slate
    film: Integers  # (items,): the film's row in the state, -1 for one that nobody knows
    attraction: Floats  # (items,): 0 for what the viewer cannot begin to watch

    @cached_property
    def viewer(self) -> Integers:
        """The viewer's row in the state, (items,)."""
        return self.viewers[self.slate]

    @property
    def examination(self) -> Floats:
        """The probability that each item is looked at, (items,)."""
        return examination(np.array([item.position for item in self.items], dtype=np.int64))


def examination(position: Integers) -> Floats:
    """The probability that a viewer looks at a position, from 1: the position-based click model.

    Source: Craswell, Zoeter, Taylor, Ramsey (2008), An experimental comparison of click position-bias models.
    """
    return np.asarray(1 / (1 + 0.15 * np.maximum(position - 1, 0)))


def shown_slates(state: WeekState, slates: Mapping[str, Slate]) -> ShownSlates:
    """The slates, keyed by pseudonym, of viewers who are there; those of unknown viewers are left out."""
    rows = [row for row, viewer in enumerate(state.viewers) if viewer in slates]
    shown = tuple(slates[state.viewers[row]] for row in rows)
    items = [sorted(slate.items, key=lambda item: item.position) for slate in shown]
    sizes = np.array([len(some) for some in items], dtype=np.int64)
    flat = tuple(item for some in items for item in some)
    viewers, slate = np.array(rows, dtype=np.int64), np.repeat(np.arange(len(rows)), sizes)
    film = np.array([state.film_row.get(item.film_id, -1) for item in flat], dtype=np.int64)
    return ShownSlates(
        slates=shown,
        viewers=viewers,
        items=flat,
        slate=slate,
        order=np.arange(len(flat)) - np.repeat(np.cumsum(sizes) - sizes, sizes),
        film=film,
        attraction=np.where(_can_be_watched(slate, film), state.attraction[viewers[slate], film], 0.0),
    )


def _can_be_watched(slate: Integers, film: Integers) -> Booleans:
    """False for an unknown film, and for one that the slate has shown further up, (items,)."""
    first = np.zeros(len(film), dtype=np.bool_)
    first[np.unique(np.stack([slate, film]), axis=1, return_index=True)[1]] = True
    return first & (film >= 0)
