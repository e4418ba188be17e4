"""Who takes whatever is shown, told from who likes much: in a world whose tastes are known."""

import numpy as np
import pytest

from models.evaluation.crowd import LEAST_SHOWN, indiscriminate
from pipelines.simulation.click_world import LOOKED, ClickWorld

VIEWERS, SLATES = 800, 3


@pytest.fixture(scope="module")
def world() -> ClickWorld:
    return ClickWorld.of_audience(VIEWERS, films=300, seed=1)


def taken(world: ClickWorld, noise: float, slates: int = SLATES) -> np.ndarray:
    """What each viewer takes of so many slates, (viewers,)."""
    chance = np.take_along_axis(world.attraction, world.ranking(noise, seed=3), axis=1) * LOOKED
    return (np.random.default_rng(0).random((slates, *chance.shape)) < chance).sum(axis=(0, 2))


@pytest.mark.parametrize("noise", [0.0, 1.0, 5.0])  # from the best slates possible to nearly random ones
def test_no_honest_viewer_is_set_aside_however_much_they_like(world: ClickWorld, noise: float) -> None:
    found = taken(world, noise)
    assert not indiscriminate(found, np.full(VIEWERS, 10 * SLATES)).any()


def test_heavy_viewers_of_one_kind_are_no_bots(world: ClickWorld) -> None:
    found, shown = taken(world, noise=1.0), np.full(VIEWERS, 10 * SLATES)
    found[:40] = 18  # fans who take six of every ten, where others take two
    assert not indiscriminate(found, shown).any()


@pytest.mark.parametrize("share", [0.01, 0.1, 0.3])
@pytest.mark.parametrize("takes", [0.9, 1.0])
def test_who_takes_whatever_is_shown_is_set_aside_and_nobody_else(
    world: ClickWorld, share: float, takes: float
) -> None:
    bots = int(share * VIEWERS)
    found, shown = taken(world, noise=2.0), np.full(VIEWERS, 10 * SLATES)
    found[:bots] = takes * shown[:bots]
    np.testing.assert_array_equal(indiscriminate(found, shown), np.arange(VIEWERS) < bots)


def test_of_few_films_and_of_nobody_nothing_is_said(world: ClickWorld) -> None:
    found, shown = taken(world, noise=2.0), np.full(VIEWERS, 10 * SLATES)
    found[0] = shown[0] = LEAST_SHOWN - 1
    assert not indiscriminate(found, shown).any()
    nobody = np.zeros(0, dtype=np.int64)
    assert len(indiscriminate(nobody, nobody)) == 0


def test_where_all_take_all_nobody_stands_out() -> None:
    assert not indiscriminate(np.full(50, 20), np.full(50, 20)).any()
