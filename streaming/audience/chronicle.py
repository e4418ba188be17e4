"""Tells what viewers do as events: impressions, plays and what follows them, searches, trailers, reads."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from streaming.audience.answers import Answers
from streaming.audience.chance import generator
from streaming.audience.clock import MINUTE_MS, ends
from streaming.audience.films import film_id
from streaming.audience.finds import MOST
from streaming.audience.reading import Known, readings
from streaming.audience.scene import Scene
from streaming.audience.showing import Showing
from streaming.audience.storyteller import facts_of
from streaming.audience.trailers import reached
from streaming.audience.watching import DRAWS, Watching, watch
from streaming.schema.events import (
    Campaign,
    Complete,
    Impression,
    Like,
    Play,
    Progress,
    Rate,
    Read,
    Script,
    Search,
    Skip,
    Trailer,
    ViewingEvent,
    derive_id,
)

_ANSWER_MS = 4_000  # from seeing an item to taking it, or waving it away
_SEARCH_MS = 40_000  # from a search to the film that it found
_TRAILER_MS = 2 * MINUTE_MS
_THOUGHT_MS = 3 * MINUTE_MS  # from the end of a film to a rating


class Cause(NamedTuple):
    """Who does something with which film, and the place of a slate that led to it, if one did."""

    viewer_id: str
    film_id: str
    slate_id: str | None = None
    position: int | None = None
    propensity: float | None = None


class Teller:
    """Makes the viewing events of one week; an event's identity is its world, week, kind and cause."""

    def __init__(self, seed: int, week: int) -> None:
        self._name = ("audience", seed, week)
        self._last = ends(week) - 1

    def tell(self, kind: type[ViewingEvent], moment: int, cause: Cause, **more: object) -> ViewingEvent:
        """One event; what would be later than the week is told at its end."""
        place = (cause.viewer_id, cause.film_id, cause.slate_id, cause.position)
        identity = derive_id(*self._name, kind.type, *place)
        told = {"event_id": identity, "occurred_at": min(moment, self._last)}
        return kind.model_validate({**told, **cause._asdict(), **more})

    def watching(self, start: int, cause: Cause, watching: Watching, row: int) -> Iterator[ViewingEvent]:
        """A film begun, and what came of it."""
        end, rating = start + int(watching.duration[row]), float(watching.rating[row])
        fraction = float(watching.fraction[row])
        yield self.tell(Play, start, cause)
        if fraction < 1:
            yield self.tell(Progress, end, cause, fraction=fraction)
        else:
            yield self.tell(Complete, end, cause)
        if watching.liked[row]:
            yield self.tell(Like, end + MINUTE_MS, cause)
        if not np.isnan(rating):
            yield self.tell(Rate, end + _THOUGHT_MS, cause, rating=rating)


def answered(scene: Scene, shown: Showing, answers: Answers) -> Iterator[ViewingEvent]:
    """Every item makes an impression; some are waved away, some are watched."""
    teller = Teller(scene.world.seed, scene.week)
    for row, item in enumerate(shown.items):
        cause = Cause(
            scene.viewers[shown.viewer[row]],
            item.film_id,
            shown.slates[shown.slate[row]].event_id,
            item.position,
            item.propensity,
        )
        seen_at = int(answers.seen_at[row])
        yield teller.tell(Impression, seen_at, cause)
        if answers.waved[row]:
            yield teller.tell(Skip, seen_at + _ANSWER_MS, cause)
        if answers.clicked[row]:
            start = int(answers.starts[row]) + _ANSWER_MS
            yield from teller.watching(start, cause, answers.watching, row)


def found_alone(scene: Scene, taken: set[tuple[int, int]]) -> Iterator[ViewingEvent]:
    """Searches and what they led to, but for what a slate led to: `taken`, as rows of viewer and film."""
    teller, finds = Teller(scene.world.seed, scene.week), scene.finds
    nth = np.arange(len(finds.viewer)) - np.searchsorted(finds.viewer, finds.viewer)  # of the viewer's own
    shape = (len(scene.viewers), MOST, DRAWS + 1)
    draws = generator(scene.world.seed, "alone", scene.week).random(shape)[finds.viewer, nth]
    watching = watch(draws[:, 1:], scene.enjoyment[finds.viewer, finds.film], scene.films.minutes[finds.film])
    for row, (viewer, film, moment) in enumerate(
        zip(finds.viewer.tolist(), finds.film.tolist(), finds.moment.tolist(), strict=True)
    ):
        if (viewer, film) in taken:
            continue
        cause = Cause(scene.viewers[viewer], film_id(film))
        yield teller.tell(Search, moment, cause, query=_query(scene, film, draws[row, 0]))
        yield from teller.watching(moment + _SEARCH_MS, cause, watching, row)


def trailers_shown(scene: Scene, campaigns: Iterable[Campaign]) -> Iterator[ViewingEvent]:
    """The trailers that campaigns show to viewers who are there, one after the other before they open their slate."""
    teller, chosen = Teller(scene.world.seed, scene.week), reached(campaigns)
    for viewer in (each for each in scene.viewers if each in chosen):
        visit = int(scene.visits[scene.viewer_row[viewer]])
        known = ((film, by) for film, by in chosen[viewer].items() if film in scene.film_row)
        for place, (film, (campaign, propensity)) in enumerate(known, 1):
            cause = Cause(viewer, film, propensity=propensity)
            yield teller.tell(Trailer, visit - place * _TRAILER_MS, cause, campaign_id=campaign.campaign_id)


def scripts_read(scene: Scene, scripts: Sequence[Script], known: Known) -> Iterator[ViewingEvent]:
    """What those who are invited say of the scripts that they read; `known` are those of earlier weeks."""
    for read in readings(scene, scripts, known):
        yield Read(
            event_id=derive_id("audience", scene.world.seed, Read.type, read.viewer_id, read.script_id),
            occurred_at=read.moment,
            viewer_id=read.viewer_id,
            script_id=read.script_id,
            propensity=read.propensity,
            rating=read.rating,
        )


def _query(scene: Scene, film: int, draw: float) -> str:
    """What was typed: a genre of the film, or its title."""
    facts = facts_of(scene.world.seed, scene.films, film)
    genre = facts.genres[int(draw * 2 * len(facts.genres)) % len(facts.genres)]
    return genre.lower() if draw < 0.5 else facts.title
