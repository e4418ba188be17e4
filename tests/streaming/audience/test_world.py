"""The hidden truth: how much it lures, how it grows, how it drifts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming.audience.films import film_id, films_known
from streaming.audience.viewers import tastes
from streaming.audience.week_state import WeekState
from streaming.audience.world import World
from streaming.errors import AudienceError
from tests.streaming.audience.stage import pseudonym


@pytest.mark.parametrize("seed", [7, 1, 2, 3])
def test_mean_attraction_is_low_and_everybody_has_favourites(seed: int) -> None:
    attraction = WeekState(World(seed), 1, {}, pseudonym).attraction
    released = (attraction > 0).any(axis=0)
    best = np.sort(attraction, axis=1)[:, -10:]
    assert 0.06 <= attraction[:, released].mean() <= 0.1
    assert 0.4 <= best.mean() <= 0.6


def test_viewers_grow_less_choosy_as_the_best_is_seen() -> None:
    world = World(7, viewers=40, films=120)
    fresh = WeekState(world, 1, {}, pseudonym)
    best = np.argsort(-fresh.attraction, axis=1)[:, :20]
    watched = {fresh.viewers[row]: {film_id(film) for film in films} for row, films in enumerate(best)}
    sated = WeekState(world, 1, watched, pseudonym).attraction
    left = (sated > 0) & (fresh.attraction > 0)
    assert (sated[left] > fresh.attraction[left]).all()
    assert sated[left].mean() == pytest.approx(fresh.attraction[fresh.attraction > 0].mean(), rel=0.25)
    assert not sated[np.arange(40)[:, None], best].any()


def test_favourites_are_personal_not_shared() -> None:
    lure = World(7).lure(1)
    shared = lure.mean(axis=0).var() / lure.var()
    assert 0.05 < shared < 0.35


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**40), count=st.integers(10, 90), week=st.integers(0, 130), later=st.integers(0, 60))
def test_the_catalogue_only_grows(seed: int, count: int, week: int, later: int) -> None:
    now, then = films_known(seed, count, week), films_known(seed, count, week + later)
    assert len(films_known(seed, count, 0)) == count
    assert len(now) <= len(then)
    assert (now.latent == then.latent[: len(now)]).all()
    assert (now.released == then.released[: len(now)]).all()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**40), week=st.integers(0, 130))
def test_films_are_announced_in_order_and_before_their_release(seed: int, week: int) -> None:
    films = films_known(seed, 60, week)
    assert (np.diff(films.announced) >= 0).all()
    assert (films.announced < films.released - 28).all()
    assert (films.announced < week * 7).all()
    assert set(films.genres.sum(axis=1)) <= {1, 2, 3}


def test_new_films_keep_coming_for_years() -> None:
    released = films_known(7, 400, 520).released
    per_year = [((released >= year * 364) & (released < (year + 1) * 364)).sum() for year in range(-2, 9)]
    assert min(per_year) > 120
    assert max(per_year) < 200


def test_tastes_drift_slowly_and_newcomers_join() -> None:
    first, second, later = (tastes(7, 200, week) for week in (1, 2, 40))
    near, far = ((after[:200] - first).std(axis=0).mean() for after in (second, later))
    assert 0.01 < near < far / 2
    assert far < first.std()
    assert len(first) == 200 < len(later)


def test_a_world_is_its_seed() -> None:
    assert (World(7, 30, 40).lure(9) == World(7, 30, 40).lure(9)).all()
    assert (World(7, 30, 40).taste_of(1)[:, :40] != World(8, 30, 40).taste_of(1)[:, :40]).all()


@pytest.mark.parametrize("wrong", [{"seed": -1}, {"viewers": 0}, {"films": 9}])
def test_an_impossible_world_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(AudienceError, match="a world needs a seed"):
        World(**{"seed": 1, "viewers": 5, "films": 20, **wrong})
