"""Viewers answer by taste and position, and say what they think."""

from collections import Counter

import numpy as np
import pytest

from streaming.audience.event_stream import week_of_life
from streaming.audience.films import film_id
from streaming.audience.slate_frames import examination
from streaming.audience.week_state import WeekState
from streaming.audience.world import World
from streaming.schema.events import Complete, Impression, Play, Progress, Rate, Search, Skip, Slate, SourcedEvent
from tests.streaming.audience.stage import pseudonym, random_slates, scene_of, slate

CROWD = World(7, viewers=800, films=100)


@pytest.fixture(scope="module")
def slates() -> dict[str, Slate]:
    return random_slates(CROWD)


@pytest.fixture(scope="module")
def crowd(slates: dict[str, Slate]) -> tuple[WeekState, list[SourcedEvent]]:
    return scene_of(CROWD), list(week_of_life(CROWD, 1, slates, {}, pseudonym))


def clicks_and_chances(scene: WeekState, told: list[SourcedEvent]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For every impression: whether a play followed, its attraction, and its position."""
    played = {(e.viewer_id, e.film_id) for e, _ in told if isinstance(e, Play) and e.slate_id}
    shown = [e for e, _ in told if isinstance(e, Impression)]
    lures = [scene.attraction[scene.viewer_row[e.viewer_id], scene.film_row[e.film_id]] for e in shown]
    clicked = [(e.viewer_id, e.film_id) in played for e in shown]
    return np.array(clicked), np.array(lures), np.array([e.position for e in shown])


def test_clicks_are_as_many_as_examination_times_attraction(crowd: tuple[WeekState, list[SourcedEvent]]) -> None:
    clicked, lures, positions = clicks_and_chances(*crowd)
    chances = lures / (1 + 0.15 * (positions - 1))
    for part in (lures < 0.05, (lures >= 0.05) & (lures < 0.2), lures >= 0.2, positions == 1, positions > 7):
        spread = np.sqrt((chances * (1 - chances))[part].sum())
        assert abs(clicked[part].sum() - chances[part].sum()) < 3.5 * spread


def test_taste_and_position_both_count(crowd: tuple[WeekState, list[SourcedEvent]]) -> None:
    clicked, lures, positions = clicks_and_chances(*crowd)
    assert clicked[lures > 0.3].mean() > 8 * clicked[lures < 0.03].mean()
    assert clicked[positions == 1].mean() > 1.5 * clicked[positions == 10].mean()


def test_examination_falls_with_position() -> None:
    looks = examination(np.arange(1, 30))
    assert looks[0] == 1
    assert (np.diff(looks) < 0).all()


def test_an_answer_names_its_slate_and_place(
    crowd: tuple[WeekState, list[SourcedEvent]], slates: dict[str, Slate]
) -> None:
    items = {(s.event_id, item.film_id): item for s in slates.values() for item in s.items}
    answers = [e for e, _ in crowd[1] if getattr(e, "slate_id", None)]
    assert Counter(type(e) for e in answers)[Impression] == len(items)
    assert {Play, Skip, Rate, Complete} <= {type(e) for e in answers}
    for event in answers:
        item = items[event.slate_id, event.film_id]
        assert (event.position, event.propensity) == (item.position, item.propensity)


def test_every_play_ends_and_better_films_are_rated_higher(crowd: tuple[WeekState, list[SourcedEvent]]) -> None:
    scene, told = crowd
    kinds = Counter(type(e) for e, _ in told)
    assert kinds[Play] == kinds[Complete] + kinds[Progress]
    ratings = [(e.viewer_id, e.film_id, e.rating) for e, _ in told if isinstance(e, Rate)]
    joy = [scene.enjoyment[scene.viewer_row[v], scene.film_row[f]] for v, f, _ in ratings]
    stars = np.array([rating for *_, rating in ratings])
    assert np.corrcoef(joy, stars)[0, 1] > 0.5
    assert 3 < stars.mean() < 4.3
    assert set(stars * 2) <= set(range(1, 11))


def test_viewers_find_two_to_four_films_alone(crowd: tuple[WeekState, list[SourcedEvent]]) -> None:
    told = crowd[1]
    alone = Counter(e.viewer_id for e, _ in told if isinstance(e, Play) and not e.slate_id)
    searches = [e for e, _ in told if isinstance(e, Search) and e.film_id]
    assert max(alone.values()) <= 4
    assert 2 < alone.total() / 800 < 3.2
    assert len(searches) == alone.total()
    assert all(search.query for search in searches)


def test_what_is_not_out_is_shown_and_never_watched() -> None:
    scene = scene_of(CROWD)
    unreleased = [film_id(row) for row in np.flatnonzero(scene.films.released >= 7)[:10]]
    slates = {viewer: slate(viewer, [*unreleased, "film-nobody-knows"]) for viewer in scene.viewers}
    told = list(week_of_life(CROWD, 1, slates, {}, pseudonym))
    assert sum(isinstance(e, Impression) for e, _ in told) == 11 * len(slates)
    assert not any(isinstance(e, Play) and e.slate_id for e, _ in told)


def test_what_is_seen_is_not_watched_again(crowd: tuple[WeekState, list[SourcedEvent]]) -> None:
    watched: dict[str, set[str]] = {}
    for event, _ in crowd[1]:
        if isinstance(event, Play):
            watched.setdefault(event.viewer_id, set()).add(event.film_id)
    again = {viewer: slate(viewer, sorted(films), week=2) for viewer, films in watched.items()}
    second = [e for e, _ in week_of_life(CROWD, 2, again, watched, pseudonym) if isinstance(e, Play)]
    assert not any(e.slate_id for e in second)
    assert not any(e.film_id in watched.get(e.viewer_id, ()) for e in second)


def test_what_was_found_before_the_slate_is_opened_is_not_clicked_and_what_comes_after_it_gives_way() -> None:
    scene = scene_of(CROWD)
    finds = list(zip(scene.discoveries.viewer, scene.discoveries.film, scene.discoveries.moment, strict=True))
    sooner = {scene.viewers[v]: slate(scene.viewers[v], [film_id(f)]) for v, f, at in finds if at < scene.visits[v]}
    later = {scene.viewers[v]: slate(scene.viewers[v], [film_id(f)]) for v, f, at in finds if at > scene.visits[v]}
    for slates, clicks in ((sooner, False), (later, True)):
        plays = [e for e, _ in week_of_life(CROWD, 1, slates, {}, pseudonym) if isinstance(e, Play)]
        assert any(e.slate_id for e in plays) == clicks
        assert len(plays) == len({(e.viewer_id, e.film_id) for e in plays}) == len(finds)


def test_no_film_is_watched_twice_in_a_week(crowd: tuple[WeekState, list[SourcedEvent]]) -> None:
    plays = [(e.viewer_id, e.film_id) for e, _ in crowd[1] if isinstance(e, Play)]
    assert len(plays) == len(set(plays))
