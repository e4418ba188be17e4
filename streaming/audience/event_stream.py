"""All events of the world: those before week 1, and those of each week."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from streaming.audience.box_office import HISTORY_WEEKS, box_office_events
from streaming.audience.catalogue_events import described
from streaming.audience.click_model import answer
from streaming.audience.demography import arrivals_demographics
from streaming.audience.pseudonyms import Pseudonym, raw_id
from streaming.audience.script_reading import ScriptsRead
from streaming.audience.slate_frames import ShownSlates, shown_slates
from streaming.audience.trailers import Trailers
from streaming.audience.viewers import sign_up_moments, signed_up
from streaming.audience.viewing_events import discovery_events, read_events, slate_answer_events, trailer_events
from streaming.audience.week_state import Watched, WeekState
from streaming.audience.world import World
from streaming.schema.events import (
    Campaign,
    Event,
    FilmDescribed,
    Script,
    Search,
    Slate,
    SourcedEvent,
    ViewerDescribed,
    ViewingEvent,
    derive_id,
)

GREETING = "what is on"  # a newcomer's first search


def opening(world: World, pseudonym: Pseudonym) -> Iterator[SourcedEvent]:
    """All events before week 1, in time order: the catalogue, 60 weeks of box office, and sign-ups; no viewing.

    `pseudonym` turns a viewer's own id into the one that events carry.
    """
    history = (event for week in range(1 - HISTORY_WEEKS, 1) for event in box_office_events(world, week))
    yield from _by_time("audience#opening", (*_announced(world, 0), *history, *_sign_ups(world, 0, pseudonym)))


def week_of_life(
    world: World,
    week: int,
    slates: Mapping[str, Slate],
    watched: Watched,
    pseudonym: Pseudonym,
    campaigns: Sequence[Campaign] = (),
    trailers: Trailers | None = None,
    scripts: Sequence[Script] = (),
    known: ScriptsRead | None = None,
) -> Iterator[SourcedEvent]:
    """All events of a week (≥ 1), in time order: a pure function of its arguments, event ids included.

    New films are announced, new viewers sign up, films have box office, and viewers answer their slates and find
    films by themselves. A film can be watched from its release on, and once.

    Args:
        slates: what each viewer is shown, by pseudonym; who has none only finds films by themselves, and slates
            of viewers who are not of this world are left unanswered.
        watched: the film_ids that each viewer, by pseudonym, has watched in earlier weeks.
        campaigns: which trailers are shown to whom in this week; they work from the next one on.
        trailers: those that viewers have seen in earlier weeks.
        scripts: what some viewers are asked to read in this week; others never do.
        known: the scripts that viewers have read in earlier weeks.

    Raises:
        AudienceError: the week is before the first.
    """
    state = WeekState(world, week, watched, pseudonym, trailers or {})
    return events_of(state, shown_slates(state, slates), campaigns, scripts, known or {})


def events_of(
    state: WeekState, shown: ShownSlates, campaigns: Sequence[Campaign], scripts: Sequence[Script], known: ScriptsRead
) -> Iterator[SourcedEvent]:
    """The events of a state in which these slates and trailers are shown and scripts sent out, in time order."""
    world, week = state.world, state.week
    told = (*_announced(world, week), *box_office_events(world, week), *_sign_ups(world, week, state.pseudonym))
    answers = (*trailer_events(state, campaigns), *read_events(state, scripts, known), *_viewing_events(state, shown))
    return _by_time(f"audience#week-{week}", (*told, *answers))


def _viewing_events(state: WeekState, shown: ShownSlates) -> Iterator[ViewingEvent]:
    answers = answer(state, shown)
    clicks = np.flatnonzero(answers.clicked)
    yield from slate_answer_events(state, shown, answers)
    yield from discovery_events(state, set(zip(shown.viewer[clicks], shown.film[clicks], strict=True)))


def _announced(world: World, week: int) -> Iterator[FilmDescribed]:
    """The films announced in `week`; 0 stands for all weeks before the start."""
    films = world.films_of(week)
    known = len(world.films_of(week - 1)) if week else 0
    return (described(world.seed, films, row) for row in range(known, len(films)))


def _sign_ups(world: World, week: int, pseudonym: Pseudonym) -> Iterator[Search | ViewerDescribed]:
    """A search from each newcomer, and a description from those who give one."""
    moments = sign_up_moments(world.seed, world.viewers, week).tolist()
    newest = signed_up(world.viewers, week)
    told = arrivals_demographics(world.seed, world.viewers, week)
    for row, moment, facts in zip(range(newest - len(moments), newest), moments, told, strict=True):
        viewer = pseudonym(raw_id(row))
        identity = derive_id("audience", world.seed, "sign-up", viewer)
        yield Search(event_id=identity, occurred_at=moment, viewer_id=viewer, query=GREETING)
        if facts:
            described = derive_id("audience", world.seed, "told", viewer)
            yield ViewerDescribed(event_id=described, occurred_at=moment, viewer_id=viewer, **facts._asdict())


def _by_time(source: str, events: Iterable[Event]) -> Iterator[SourcedEvent]:
    return ((event, source) for event in sorted(events, key=lambda event: event.occurred_at))
