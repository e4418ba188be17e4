"""What the world tells: the same for the same seed, in order, valid, and nothing that should stay hidden."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from streaming.audience.clock import begins, ends
from streaming.audience.event_stream import opening, week_of_life
from streaming.audience.week_state import WeekState
from streaming.audience.world import World
from streaming.errors import AudienceError
from streaming.kafka.topics import topic_of
from streaming.schema.events import BoxOfficeDay, FilmDescribed, Impression, Play, Search, Slate, ViewerDescribed
from tests.streaming.audience.stage import SMALL, as_lines, best_slates, pseudonym, random_slates, scene_of, slate


def week(world: World = SMALL, number: int = 1, **changed: object) -> list:
    """A week with random slates and no memory."""
    arguments = {"slates": random_slates(world, number), "watched": {}, "pseudonym": pseudonym, **changed}
    return list(week_of_life(world, number, **arguments))


@pytest.fixture(scope="module")
def opened() -> list:
    return list(opening(SMALL, pseudonym))


def all_first(one: Slate) -> Slate:
    """The same slate with every film at position 1, where all look."""
    return one.model_copy(update={"items": tuple(i.model_copy(update={"position": 1}) for i in one.items)})


def favourites(scene: WeekState) -> list[tuple[str, str]]:
    """Each viewer with the film that attracts them most."""
    return [(viewer, one.items[0].film_id) for viewer, one in best_slates(scene, size=1).items()]


def test_the_same_seed_tells_the_same(opened: list) -> None:
    twin = World(7, viewers=60, films=80)
    assert as_lines(opened) == as_lines(opening(twin, pseudonym))
    assert as_lines(week()) == as_lines(week(twin))


def test_another_seed_shares_no_event(opened: list) -> None:
    other = World(8, viewers=60, films=80)
    ours = {e.event_id for e, _ in (*opened, *week())}
    theirs = {e.event_id for e, _ in (*opening(other, pseudonym), *week(other))}
    assert not ours & theirs


def test_no_two_events_share_an_identity(opened: list) -> None:
    told = [*opened, *week(), *week(number=2), *week(number=3)]
    assert max(Counter(e.event_id for e, _ in told).values()) == 1


def test_no_week_is_like_another() -> None:
    visits = [
        {e.viewer_id: e.occurred_at - begins(number) for e, _ in week(number=number) if isinstance(e, Impression)}
        for number in (1, 2)
    ]
    same = [viewer for viewer, moment in visits[0].items() if visits[1][viewer] == moment]
    assert not same


def test_slates_change_nothing_but_the_answers_to_them() -> None:
    def apart_from_slates(told: list) -> set[str]:
        return set(as_lines((e, s) for e, s in told if not getattr(e, "slate_id", None)))

    alone, shown = apart_from_slates(week(slates={})), apart_from_slates(week())
    assert shown <= alone
    assert len(shown) > 0.9 * len(alone)


def test_the_opening_is_over_before_the_first_week(opened: list) -> None:
    times = [e.occurred_at for e, _ in opened]
    assert times == sorted(times)
    assert times[-1] < begins(1)
    assert {source for _, source in opened} == {"audience#opening"}
    assert {type(e) for e, _ in opened} == {FilmDescribed, ViewerDescribed, BoxOfficeDay, Search}


def test_the_opening_tells_who_is_there_and_nothing_of_taste(opened: list) -> None:
    searches = [e for e, _ in opened if isinstance(e, Search)]
    assert len({e.viewer_id for e in searches}) == len(searches) == 60
    assert {(e.query, e.film_id, e.slate_id) for e in searches} == {("what is on", None, None)}


@pytest.mark.parametrize("number", [1, 9, 60])
def test_a_week_is_told_in_order_and_within_itself(number: int) -> None:
    told = week(number=number)
    times = [e.occurred_at for e, _ in told]
    assert times == sorted(times)
    assert begins(number) <= times[0]
    assert times[-1] < ends(number)
    assert {source for _, source in told} == {f"audience#week-{number}"}


def test_who_watches_for_days_is_done_when_the_week_is() -> None:
    world = World(7, viewers=20, films=400)
    everything = best_slates(scene_of(world), size=400)
    told = week(world, slates={viewer: all_first(one) for viewer, one in everything.items()})
    assert Counter(e.viewer_id for e, _ in told if isinstance(e, Play)).most_common(1)[0][1] > 25
    assert told[-1][0].occurred_at == ends(1) - 1


def test_every_event_survives_the_wire_and_lies_in_the_ranges_of_the_lake(opened: list) -> None:
    for event, source in (*opened, *week(), *week(number=2)):
        codec = topic_of(event.type).codec
        record = codec.encode(event, source)
        assert codec.decode(record.value, record.headers) == event
        assert 0.5 <= getattr(event, "rating", 1.0) <= 5
        assert 0 <= getattr(event, "fraction", 0.0) <= 1
        assert 0 < getattr(event, "gross", 1.0) < 1e10


def test_a_film_is_described_before_anything_happens_to_it(opened: list) -> None:
    described: dict[str, FilmDescribed] = {}
    for event, _ in (*opened, *week(), *week(number=2), *week(number=3)):
        if isinstance(event, FilmDescribed):
            assert event.film_id not in described
            described[event.film_id] = event
        elif getattr(event, "film_id", None):  # viewers tell of themselves, and searches of no film
            assert event.film_id in described
        if isinstance(event, (BoxOfficeDay, Play)):
            happened = datetime.fromtimestamp(event.occurred_at / 1000, UTC).date()
            assert happened >= described[event.film_id].release_date
    assert len(described) > 80


def test_films_are_told_with_all_that_the_public_knows() -> None:
    films = [e for e, _ in opening(World(7, viewers=1), pseudonym) if isinstance(e, FilmDescribed)]
    assert len({film.title for film in films}) == len(films) == 400
    assert all(film.people and film.synopsis and film.runtime_minutes for film in films)
    assert all(1 <= len(film.genres) <= 3 for film in films)
    undisclosed = sum(film.budget is None for film in films)
    assert 0 < undisclosed < 80


def test_raw_names_never_leave_the_world(opened: list) -> None:
    told = as_lines((*opened, *week()))
    assert not any("cineloop.example" in line for line in told)
    assert sum(pseudonym("viewer-000003@cineloop.example") in line for line in told) > 10


def test_newcomers_join_and_live_from_the_next_week_on() -> None:
    world = World(7, viewers=600, films=40)
    first, second = week(world, slates={}), week(world, 2, slates={})
    new = {e.viewer_id for e, _ in first if isinstance(e, Search) and e.film_id is None}
    assert len(new) == 3
    assert not any(isinstance(e, Play) and e.viewer_id in new for e, _ in first)
    assert any(isinstance(e, Play) and e.viewer_id in new for e, _ in second)


def test_the_slate_of_a_stranger_is_left_unanswered() -> None:
    told = week(slates={"stranger": slate("stranger", ["film-00001"])})
    assert not any(isinstance(e, Impression) for e, _ in told)


def test_a_film_that_a_slate_repeats_is_watched_once() -> None:
    scene = scene_of(SMALL)
    repeated = {viewer: slate(viewer, 12 * [best]) for viewer, best in favourites(scene)}
    plays = Counter(e.viewer_id for e, _ in week(slates=repeated) if isinstance(e, Play) and e.slate_id)
    assert len(plays) > 20
    assert set(plays.values()) == {1}


def test_there_is_no_life_before_week_one() -> None:
    with pytest.raises(AudienceError, match="saw week 0"):
        list(week_of_life(SMALL, 0, {}, {}, pseudonym))
