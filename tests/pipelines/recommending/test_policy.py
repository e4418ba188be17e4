"""The policy's propensities are what really happens."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.recommending.policy import explore, uniform

RANKED, POOL = ["a", "b", "c"], ["u", "v", "w", "x", "y"]


def test_each_film_stands_at_each_place_as_often_as_its_propensity_says() -> None:
    draws, epsilon = 40_000, 0.3
    seen: Counter[tuple[str, int]] = Counter()
    said: dict[tuple[str, int], float] = {}
    for seed in range(draws):
        for choice in explore(RANKED, POOL, np.random.default_rng(seed), epsilon):
            seen[choice.film_id, choice.position] += 1
            said[choice.film_id, choice.position] = choice.propensity
    assert len(said) == 3 + 3 * 5
    for place, propensity in said.items():
        error = (propensity * (1 - propensity) / draws) ** 0.5
        assert seen[place] / draws == pytest.approx(propensity, abs=5 * error), place


def test_the_propensities_of_a_place_add_up_to_one() -> None:
    epsilon = 0.2
    greedy, explored = 1 - epsilon, epsilon / len(POOL)
    assert greedy + len(POOL) * explored == pytest.approx(1)
    first = {c.propensity for seed in range(200) for c in explore(RANKED, POOL, np.random.default_rng(seed), epsilon)}
    assert sorted(first) == pytest.approx([explored, greedy])


def test_a_uniform_slate_shows_all_films_alike() -> None:
    draws = 20_000
    seen = Counter(
        c.film_id for s in range(draws) for c in uniform(POOL, 2, np.random.default_rng(s)) if c.position == 1
    )
    assert all(count / draws == pytest.approx(1 / 5, abs=0.015) for count in seen.values())
    assert {c.propensity for c in uniform(POOL, 2, np.random.default_rng(0))} == {1 / 5}


@given(st.integers(0, 12), st.integers(0, 12), st.floats(0, 1), st.integers(0, 2**32))
def test_a_slate_has_no_film_twice_and_no_impossible_propensity(n: int, m: int, epsilon: float, seed: int) -> None:
    ranked, pool = [f"r{i}" for i in range(n)], [f"p{i}" for i in range(m)]
    slate = explore(ranked, pool, np.random.default_rng(seed), epsilon)
    assert len(slate) == n == len({choice.film_id for choice in slate})
    assert all(0 < choice.propensity <= 1 for choice in slate if not (epsilon in (0, 1) or epsilon < 1e-300))
    assert [choice.position for choice in slate] == list(range(1, n + 1))
