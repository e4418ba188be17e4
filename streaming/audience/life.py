"""The public face of the world: what it tells before the start, and what it tells of each week."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from streaming.audience.answers import answer
from streaming.audience.boxoffice import HISTORY_WEEKS
from streaming.audience.chronicle import answered, found_alone, scripts_read, trailers_shown
from streaming.audience.clock import ends
from streaming.audience.demography import told_by_arrivals
from streaming.audience.errors import EndOfTime
from streaming.audience.pseudonyms import Pseudonym, raw_id
from streaming.audience.reading import Known
from streaming.audience.scene import Scene, Watched
from streaming.audience.showing import Showing, showing
from streaming.audience.storyteller import described
from streaming.audience.takings import takings
from streaming.audience.trailers import Trailers
from streaming.audience.viewers import sign_up_moments, signed_up
from streaming.audience.world import World
from streaming.schema.events import (
    Campaign,
    Event,
    FilmDescribed,
    Script,
    Search,
    Slate,
    ViewerDescribed,
    ViewingEvent,
    derive_id,
)

Told = tuple[Event, str]  # an event and its CloudEvents source
GREETING = "what is on"  # all that a newcomer says


def opening(world: World, pseudonym: Pseudonym) -> Iterator[Told]:
    """All that is public before week 1: the catalogue, 60 weeks of box office, and who has signed up.

    In time order. Nobody has watched anything yet, so nothing tells what anyone likes. `pseudonym` turns a
    viewer's own id into the one that events carry.
    """
    history = (event for week in range(1 - HISTORY_WEEKS, 1) for event in takings(world, week))
    yield from _told("audience#opening", (*_films(world, 0), *history, *_sign_ups(world, 0, pseudonym)))


def week_of_life(
    world: World,
    week: int,
    slates: Mapping[str, Slate],
    watched: Watched,
    pseudonym: Pseudonym,
    limit: int | None = None,
    campaigns: Sequence[Campaign] = (),
    trailers: Trailers | None = None,
    scripts: Sequence[Script] = (),
    known: Known | None = None,
) -> Iterator[Told]:
    """All events of a week (≥ 1), in time order: a pure function of its arguments, event ids included.

    New films are announced and new viewers sign up; films take money; viewers answer their slates and live on
    by themselves. A film can be watched from its release on, and once.

    Args:
        slates: what each viewer is shown, by pseudonym; who has none only lives by themselves, and slates of
            viewers who are not of this world are left unanswered.
        watched: the film_ids that each viewer, by pseudonym, has watched in earlier weeks.
        limit: the UTC millisecond after which no event may occur; none by default.
        campaigns: which trailers are shown to whom in this week; they work from the next one on.
        trailers: those that viewers have seen in earlier weeks.
        scripts: what some viewers are asked to read in this week; others never do.
        known: the scripts that viewers have read in earlier weeks.

    Raises:
        AudienceError: the week is before the first.
        EndOfTime: the week does not end by the limit.
    """
    check_limit(week, limit)
    scene = Scene(world, week, watched, pseudonym, trailers or {})
    return events_of(scene, showing(scene, slates), campaigns, scripts, known or {})


def events_of(
    scene: Scene, shown: Showing, campaigns: Sequence[Campaign], scripts: Sequence[Script], known: Known
) -> Iterator[Told]:
    """The events of a scene in which these slates and trailers are shown and scripts sent out, in time order."""
    world, week = scene.world, scene.week
    told = (*_films(world, week), *takings(world, week), *_sign_ups(world, week, scene.pseudonym))
    answers = (*trailers_shown(scene, campaigns), *scripts_read(scene, scripts, known), *_viewing(scene, shown))
    return _told(f"audience#week-{week}", (*told, *answers))


def check_limit(week: int, limit: int | None) -> None:
    """Stop before a week that would reach past the limit.

    Raises:
        EndOfTime: the week does not end by the limit.
    """
    if limit is not None and ends(week) > limit:
        raise EndOfTime(
            f"week {week} ends at {ends(week)} ms, after the limit of {limit} ms; "
            "the audience has lived all its weeks: start another one in another state folder"
        )


def _viewing(scene: Scene, shown: Showing) -> Iterator[ViewingEvent]:
    answers = answer(scene, shown)
    clicks = np.flatnonzero(answers.clicked)
    yield from answered(scene, shown, answers)
    yield from found_alone(scene, set(zip(shown.viewer[clicks], shown.film[clicks], strict=True)))


def _films(world: World, week: int) -> Iterator[FilmDescribed]:
    """What was announced in `week`; 0 stands for all that was before."""
    films = world.films_of(week)
    known = len(world.films_of(week - 1)) if week else 0
    return (described(world.seed, films, row) for row in range(known, len(films)))


def _sign_ups(world: World, week: int, pseudonym: Pseudonym) -> Iterator[Search | ViewerDescribed]:
    """Newcomers ask what is on, and most tell something of themselves: that is all that is learnt of them."""
    moments = sign_up_moments(world.seed, world.viewers, week).tolist()
    newest = signed_up(world.viewers, week)
    told = told_by_arrivals(world.seed, world.viewers, week)
    for row, moment, facts in zip(range(newest - len(moments), newest), moments, told, strict=True):
        viewer = pseudonym(raw_id(row))
        identity = derive_id("audience", world.seed, "sign-up", viewer)
        yield Search(event_id=identity, occurred_at=moment, viewer_id=viewer, query=GREETING)
        if facts:
            described = derive_id("audience", world.seed, "told", viewer)
            yield ViewerDescribed(event_id=described, occurred_at=moment, viewer_id=viewer, **facts._asdict())


def _told(source: str, events: Iterable[Event]) -> Iterator[Told]:
    return ((event, source) for event in sorted(events, key=lambda event: event.occurred_at))
