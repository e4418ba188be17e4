"""Viewing events: impressions, plays and what follows them, searches, trailers and reads."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from streaming.audience.catalogue_events import facts_of
from streaming.audience.click_model import DRAWS, SlateAnswers, ViewingOutcomes, watch
from streaming.audience.clock import MINUTE_MS, ends
from streaming.audience.films import film_id
from streaming.audience.numeric import generator
from streaming.audience.organic_discovery import MOST
from streaming.audience.script_reading import ScriptsRead, readings
from streaming.audience.slate_frames import ShownSlates
from streaming.audience.trailers import reached
from streaming.audience.week_state import WeekState
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

_ANSWER_MS = 4_000  # from seeing an item to playing or skipping it
_SEARCH_MS = 40_000  # from a search to the film that it found
_TRAILER_MS = 2 * MINUTE_MS
_THOUGHT_MS = 3 * MINUTE_MS  # from the end of a film to a rating


class Occasion(NamedTuple):
    """A viewer and a film, and the position of a slate that led to it, if one did."""

    viewer_id: str
    film_id: str
    slate_id: str | None = None
    position: int | None = None
    propensity: float | None = None


class EventBuilder:
    """Builds the viewing events of one week; an event's id follows from world, week, kind and occasion."""

    def __init__(self, seed: int, week: int) -> None:
        self._name = ("audience", seed, week)
        self._last = ends(week) - 1

    def event(self, kind: type[ViewingEvent], moment: int, occasion: Occasion, **more: object) -> ViewingEvent:
        """One event; what would be later than the week happens at its end."""
        place = (occasion.viewer_id, occasion.film_id, occasion.slate_id, occasion.position)
        identity = derive_id(*self._name, kind.type, *place)
        told = {"event_id": identity, "occurred_at": min(moment, self._last)}
        return kind.model_validate({**told, **occasion._asdict(), **more})

    def watching(self, start: int, occasion: Occasion, watching: ViewingOutcomes, row: int) -> Iterator[ViewingEvent]:
        """The events of watching a film: play, progress or complete, like, rate."""
        end, rating = start + int(watching.duration[row]), float(watching.rating[row])
        fraction = float(watching.fraction[row])
        yield self.event(Play, start, occasion)
        if fraction < 1:
            yield self.event(Progress, end, occasion, fraction=fraction)
        else:
            yield self.event(Complete, end, occasion)
        if watching.liked[row]:
            yield self.event(Like, end + MINUTE_MS, occasion)
        if not np.isnan(rating):
            yield self.event(Rate, end + _THOUGHT_MS, occasion, rating=rating)


def slate_answer_events(state: WeekState, shown: ShownSlates, answers: SlateAnswers) -> Iterator[ViewingEvent]:
    """The events of slates shown: an impression of every item, and skips, plays and what follows where answered so."""
    build = EventBuilder(state.world.seed, state.week)
    for row, item in enumerate(shown.items):
        occasion = Occasion(
            state.viewers[shown.viewer[row]],
            item.film_id,
            shown.slates[shown.slate[row]].event_id,
            item.position,
            item.propensity,
        )
        seen_at = int(answers.seen_at[row])
        yield build.event(Impression, seen_at, occasion)
        if answers.skipped[row]:
            yield build.event(Skip, seen_at + _ANSWER_MS, occasion)
        if answers.clicked[row]:
            start = int(answers.starts[row]) + _ANSWER_MS
            yield from build.watching(start, occasion, answers.watching, row)


def discovery_events(state: WeekState, taken: set[tuple[int, int]]) -> Iterator[ViewingEvent]:
    """The events of searches and of films watched after them, except those `taken` from a slate (viewer and film)."""
    build, found = EventBuilder(state.world.seed, state.week), state.discoveries
    nth = np.arange(len(found.viewer)) - np.searchsorted(found.viewer, found.viewer)  # of the viewer's own
    shape = (len(state.viewers), MOST, DRAWS + 1)
    draws = generator(state.world.seed, "alone", state.week).random(shape)[found.viewer, nth]
    watching = watch(draws[:, 1:], state.enjoyment[found.viewer, found.film], state.films.minutes[found.film])
    for row, (viewer, film, moment) in enumerate(
        zip(found.viewer.tolist(), found.film.tolist(), found.moment.tolist(), strict=True)
    ):
        if (viewer, film) in taken:
            continue
        occasion = Occasion(state.viewers[viewer], film_id(film))
        yield build.event(Search, moment, occasion, query=_query(state, film, draws[row, 0]))
        yield from build.watching(moment + _SEARCH_MS, occasion, watching, row)


def trailer_events(state: WeekState, campaigns: Iterable[Campaign]) -> Iterator[ViewingEvent]:
    """The events of trailers that campaigns show to viewers who are there, before they open their slate."""
    build, chosen = EventBuilder(state.world.seed, state.week), reached(campaigns)
    for viewer in (each for each in state.viewers if each in chosen):
        visit = int(state.visits[state.viewer_row[viewer]])
        known = ((film, by) for film, by in chosen[viewer].items() if film in state.film_row)
        for place, (film, (campaign, propensity)) in enumerate(known, 1):
            occasion = Occasion(viewer, film, propensity=propensity)
            yield build.event(Trailer, visit - place * _TRAILER_MS, occasion, campaign_id=campaign.campaign_id)


def read_events(state: WeekState, scripts: Sequence[Script], known: ScriptsRead) -> Iterator[ViewingEvent]:
    """The rating events of invited readers; `known` are the scripts that they read in earlier weeks."""
    for read in readings(state, scripts, known):
        yield Read(
            event_id=derive_id("audience", state.world.seed, Read.type, read.viewer_id, read.script_id),
            occurred_at=read.moment,
            viewer_id=read.viewer_id,
            script_id=read.script_id,
            propensity=read.propensity,
            rating=read.rating,
        )


def _query(state: WeekState, film: int, draw: float) -> str:
    """A search's text: a genre of the film, or its title."""
    facts = facts_of(state.world.seed, state.films, film)
    genre = facts.genres[int(draw * 2 * len(facts.genres)) % len(facts.genres)]
    return genre.lower() if draw < 0.5 else facts.title
