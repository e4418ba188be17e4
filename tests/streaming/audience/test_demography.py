"""What viewers tell of themselves: once, most of them, and so that it says something of their taste."""

from collections import Counter

from streaming.audience.demography import AGE_BANDS, GENDERS, OCCUPATIONS, arrivals_demographics
from streaming.audience.event_stream import GREETING, opening, week_of_life
from streaming.audience.viewers import arriving_segments
from streaming.audience.world import World
from streaming.schema.events import Event, Search, ViewerDescribed
from tests.streaming.audience.stage import pseudonym

_MANY = 3000


def test_most_viewers_tell_something_as_they_sign_up_and_nobody_twice() -> None:
    world = World(3, viewers=300, films=40)
    told = [
        *opening(world, pseudonym),
        *(each for week in (1, 2) for each in week_of_life(world, week, {}, {}, pseudonym)),
    ]
    signed_up = {event.viewer_id: event.occurred_at for event, _ in told if _greets(event)}
    described = [event for event, _ in told if isinstance(event, ViewerDescribed)]
    assert all(event.occurred_at == signed_up[event.viewer_id] for event in described)
    assert max(Counter(event.viewer_id for event in described).values()) == 1
    assert 0.9 < len(described) / len(signed_up) < 1


def _greets(event: Event) -> bool:
    return isinstance(event, Search) and event.query == GREETING


def test_what_is_told_is_of_known_kinds_and_some_is_left_out() -> None:
    told = [each for each in arrivals_demographics(5, _MANY, 0) if each]
    for column, kinds, share in zip(
        zip(*told, strict=True), (AGE_BANDS, GENDERS, OCCUPATIONS), (0.8, 0.8, 0.6), strict=True
    ):
        assert set(column) == {None, *kinds}
        assert abs(sum(value is not None for value in column) / _MANY - share) < 0.04


def test_people_of_one_taste_are_more_alike_than_others() -> None:
    told, segments = arrivals_demographics(5, _MANY, 0), arriving_segments(5, _MANY, 0)
    ages = [(segment, each.age_band) for segment, each in zip(segments, told, strict=True) if each and each.age_band]
    everybody = Counter(age for _, age in ages)
    most = max(everybody.values()) / len(ages)
    of_segments = [Counter(age for segment, age in ages if segment == one) for one in set(segments)]
    assert max(max(count.values()) / sum(count.values()) for count in of_segments) > 1.5 * most
