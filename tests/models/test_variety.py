"""The dial: lists that are not all of a kind, by films whose likeness is known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base.columns import FILM, GENRES, RANK, SCORE, VIEWER
from models.recommenders.variety import Variety

FILMS = pd.DataFrame({FILM: ["w1", "w2", "w3", "c1", "n1"], GENRES: [["West"]] * 3 + [["Comedy"], ["Noir"]]})
LISTED = pd.DataFrame({VIEWER: "v", FILM: FILMS[FILM], SCORE: [5.0, 4.8, 4.6, 3.0, 1.0], RANK: range(1, 6)})


def order(dial: float, n: int = 3) -> list[str]:
    return Variety.of(FILMS, dial).rerank(LISTED, n)[FILM].tolist()


def test_at_zero_the_list_is_the_models() -> None:
    assert order(0.0) == ["w1", "w2", "w3"]


def test_in_the_middle_the_best_of_each_kind_comes_first() -> None:
    assert order(0.5) == ["w1", "c1", "n1"]


def test_a_little_of_it_moves_only_what_is_close() -> None:
    assert order(0.05) == ["w1", "w2", "w3"]
    assert order(0.4) == ["w1", "c1", "w2"]


@given(st.lists(st.integers(0, 6), min_size=12, max_size=12), st.floats(0, 1), st.integers(0, 10_000))
def test_lists_stay_lists(kinds: list[int], dial: float, seed: int) -> None:
    draw = np.random.default_rng(seed)
    films = pd.DataFrame({FILM: [f"f{n}" for n in range(12)], GENRES: [[f"kind {kind}"] for kind in kinds]})
    rows = [(viewer, f"f{n}", float(s)) for viewer in "ba" for n, s in enumerate(sorted(draw.normal(size=12))[::-1])]
    listed = pd.DataFrame(rows, columns=[VIEWER, FILM, SCORE]).assign(**{RANK: [*range(1, 13)] * 2})
    made = Variety.of(films, dial).rerank(listed, 5)
    assert made[VIEWER].tolist() == ["b"] * 5 + ["a"] * 5
    assert made[RANK].tolist() == [1, 2, 3, 4, 5] * 2
    assert not made.duplicated([VIEWER, FILM]).any()
    assert made[FILM].tolist()[0] == "f0", "the best film comes first at any dial" if dial < 1 else ""
    assert set(zip(made[FILM], made[SCORE], strict=True)) <= set(zip(listed[FILM], listed[SCORE], strict=True))


@pytest.mark.parametrize("dial", [0.0, 0.3, 0.6, 0.9])
def test_the_more_of_it_the_less_alike(dial: float) -> None:
    draw = np.random.default_rng(3)
    films = pd.DataFrame({FILM: [f"f{n:02}" for n in range(60)], GENRES: [[f"kind {n % 6}"] for n in range(60)]})
    scores = np.sort(draw.normal(size=60) + 2 * (np.arange(60) % 6 == 0))[::-1]
    ranked = films.assign(**{SCORE: draw.normal(size=60) + 2.0 * (np.arange(60) % 6 == 0), VIEWER: "v"})
    ranked = ranked.sort_values(SCORE, ascending=False).assign(**{RANK: range(1, 61), SCORE: scores})

    def alike(dial: float) -> float:
        variety = Variety.of(films, dial)
        shown = variety.likeness(variety.films.get_indexer(pd.Index(variety.rerank(ranked, 10)[FILM])))
        return float(shown[np.triu_indices(10, 1)].mean())

    assert alike(dial + 0.1) <= alike(dial)


def test_films_that_nobody_described_are_like_none() -> None:
    unknown = LISTED.assign(**{FILM: ["x1", "x2", "x3", "x4", "x5"]})
    assert Variety.of(FILMS, 0.9).rerank(unknown, 3)[FILM].tolist() == ["x1", "x2", "x3"]
