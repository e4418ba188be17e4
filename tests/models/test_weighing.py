"""Weights of a composition's parts: when plain ones serve, which of them, and when those that were climbed to do."""

import numpy as np

from models.recommenders.candidates import Candidates
from models.recommenders.weighing import Weighing

FILMS = 40
FIRST, SECOND = (1.0, 0.0), (0.0, 1.0)
NEUTRAL = Weighing(np.zeros(FILMS), coverage_worth=0.0)


def _viewers(count: int, knows: tuple[float, float]) -> list[Candidates]:
    """Each viewer wants one film; two parts score all films by chance, and the wanted one higher by what they know."""
    chance = np.random.default_rng(0)
    wanted = np.eye(FILMS, dtype=bool)[chance.integers(FILMS, size=count)]
    scores = [chance.standard_normal((count, FILMS)) + part * wanted for part in knows]
    return [Candidates.of(np.ones((count, FILMS), dtype=bool), scores, wanted)]


def test_of_plain_weights_that_rank_alike_the_more_trusted_serve() -> None:
    viewers = _viewers(200, (1.0, 1.1))
    assert NEUTRAL.choose(viewers, (*SECOND, 0.0), [FIRST, SECOND])[:2] == FIRST
    assert NEUTRAL.choose(viewers, (*FIRST, 0.0), [SECOND, FIRST])[:2] == SECOND


def test_plain_weights_that_rank_clearly_better_serve_in_place_of_more_trusted_ones() -> None:
    assert NEUTRAL.choose(_viewers(200, (0.0, 2.0)), (*FIRST, 0.0), [FIRST, SECOND])[:2] == SECOND


def test_weights_are_climbed_to_where_viewers_are_many() -> None:
    known = (1.5, 1.5)
    few, many = (NEUTRAL.choose(_viewers(count, known), (*FIRST, 0.0), [FIRST])[:2] for count in (399, 2000))
    assert few == FIRST
    assert min(many) > 0.3


def test_without_plain_weights_all_are_climbed_to() -> None:
    assert NEUTRAL.choose(_viewers(200, (0.0, 2.0)), (*FIRST, 0.0), [])[1] == 1.0
