"""Trailers: who sees them, that they move those in between, and that they change nothing for anybody else."""

import gzip
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from streaming.audience.audience import Audience
from streaming.audience.clock import first_day
from streaming.audience.event_stream import week_of_life
from streaming.audience.films import film_id
from streaming.audience.trailers import heard_of, push
from streaming.audience.week_state import WeekState
from streaming.audience.world import World
from streaming.schema.events import Campaign, Play, Reached, Trailer
from tests.streaming.audience.stage import as_lines, pseudonym, random_slates, scene_of

FEW, CROWD = World(7, viewers=60), World(7, viewers=400)


def opening_in(week: int, world: World = FEW) -> str:
    """A film that opens in a week."""
    films = world.films_of(week)
    return film_id(int(np.flatnonzero(films.released // 7 + 1 == week)[0]))


def campaign(film: str, viewers: Iterable[str], cycle: int = 1) -> Campaign:
    """A campaign that chose these viewers, each with probability 0.4."""
    chosen = tuple(Reached(viewer_id=viewer, propensity=0.4) for viewer in viewers)
    about = {"event_id": f"{film}/1", "campaign_id": film, "film_id": film, "opens": "2015-01-23", "policy": "uniform"}
    return Campaign(occurred_at=0, cycle=cycle, audience=100, viewers=chosen, **about)


def week(world: World, number: int, campaigns: Iterable[Campaign] = (), trailers: dict | None = None) -> list:
    """A week without slates and memory of films."""
    return list(week_of_life(world, number, {}, {}, pseudonym, campaigns=list(campaigns), trailers=trailers or {}))


def test_those_whom_a_campaign_names_see_the_trailer_and_nothing_else_of_the_week_changes() -> None:
    viewers, film = scene_of(FEW).viewers[:20], opening_in(2)
    alone, shown = week(FEW, 1), week(FEW, 1, [campaign(film, [*viewers, "stranger"])])
    seen = [event for event, _ in shown if isinstance(event, Trailer)]
    assert sorted(event.viewer_id for event in seen) == sorted(viewers)
    assert {(event.film_id, event.campaign_id, event.propensity) for event in seen} == {(film, film, 0.4)}
    assert as_lines((e, s) for e, s in shown if not isinstance(e, Trailer)) == as_lines(alone)


def test_trailers_are_told_apart_and_come_before_the_slate() -> None:
    films = [opening_in(2), opening_in(3)]
    scene, slates = scene_of(FEW), random_slates(FEW)
    viewer = scene.viewers[5]
    told = list(week_of_life(FEW, 1, slates, {}, pseudonym, campaigns=[campaign(film, [viewer]) for film in films]))
    seen = [event for event, _ in told if isinstance(event, Trailer)]
    assert len({event.event_id for event in seen}) == 2
    own = [event for event, _ in told if getattr(event, "viewer_id", None) == viewer]
    first = min(event.occurred_at for event in own if getattr(event, "slate_id", None))
    assert all(event.occurred_at < first for event in seen)


def test_who_saw_no_trailer_lives_as_if_there_were_none() -> None:
    film, viewers = opening_in(2), scene_of(FEW, 2).viewers
    alone = week(FEW, 2)
    shown = week(FEW, 2, trailers={viewer: {film: 1} for viewer in viewers[::2]})
    others = set(viewers[1::2])

    def of_others(told: list) -> list[str]:
        return as_lines((e, s) for e, s in told if getattr(e, "viewer_id", None) in others)

    assert of_others(shown) == of_others(alone) != []


def test_more_watch_a_film_whose_trailer_they_saw_and_fewer_the_longer_ago_that_was() -> None:
    films = [film_id(row) for row in np.flatnonzero(CROWD.films_of(6).released // 7 + 1 == 6)]

    def watch(seen_in: int | None) -> int:
        seen = {} if seen_in is None else dict.fromkeys(films, seen_in)
        trailers = dict.fromkeys(scene_of(CROWD, 6).viewers, seen)
        return sum(isinstance(e, Play) and e.film_id in films for e, _ in week(CROWD, 6, trailers=trailers))

    fresh, stale, none = watch(5), watch(1), watch(None)
    assert fresh > stale > none


def test_a_trailer_of_the_same_week_does_not_work_yet() -> None:
    film, viewers = opening_in(2), scene_of(FEW, 2).viewers
    assert as_lines(week(FEW, 2, trailers={viewer: {film: 2} for viewer in viewers})) == as_lines(week(FEW, 2))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_trailer_pushes_those_less_who_like_such_films_and_hear_of_them_anyway(seed: int) -> None:
    world = World(seed, viewers=300, films=80)
    ago = np.ones_like(world.taste_of(3))
    pushed, taste = push(world, 3, ago), world.taste_of(3)
    assert (pushed > 0).all()
    fond, cool = taste > 1, taste < -1
    assert pushed[fond].mean() < 0.8 * pushed[cool].mean()
    assert (heard_of(world, 3)[fond].mean() > heard_of(world, 3)[cool].mean()).all()
    assert not push(world, 3, np.full_like(ago, np.inf)).any()


def test_an_audience_remembers_trailers_and_can_be_killed(tmp_path: Path) -> None:
    film, viewers = opening_in(2, CROWD), scene_of(CROWD).viewers

    def live(number: int) -> list[str]:
        shown = [campaign(film, viewers)] if number == 1 else []
        return as_lines(Audience(CROWD, tmp_path, pseudonym).live(number, {}, campaigns=shown))

    weeks = [live(number) for number in (1, 2, 3)]
    (tmp_path / "week-00003.json.gz").unlink()
    assert live(3) == weeks[2]
    assert live(2) == weeks[1]
    watched = Audience(CROWD, tmp_path / "other", pseudonym)
    watched.live(1, {})
    assert as_lines(watched.live(2, {})) != weeks[1], "without the trailer, another week"


def test_a_page_from_before_there_were_trailers_is_read(tmp_path: Path) -> None:
    Audience(FEW, tmp_path / "old", pseudonym).live(1, {})
    shutil.copytree(tmp_path / "old", tmp_path / "new")
    page = tmp_path / "old" / "week-00001.json.gz"
    body = json.loads(gzip.decompress(page.read_bytes()))
    del body["trailers"]
    page.write_bytes(gzip.compress(json.dumps(body).encode()))
    old, new = (as_lines(Audience(FEW, tmp_path / age, pseudonym).live(2, {})) for age in ("old", "new"))
    assert old == new, "in that week no trailer was shown"


def test_films_that_are_not_known_have_no_trailer() -> None:
    told = week(FEW, 1, [campaign("film-99999", scene_of(FEW).viewers)])
    assert not any(isinstance(event, Trailer) for event, _ in told)
    scene = WeekState(FEW, 2, {}, pseudonym, {scene_of(FEW).viewers[0]: {"film-99999": 1}})
    assert len(scene.discoveries.film) and first_day(2) == 7
