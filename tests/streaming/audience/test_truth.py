"""The truth of slates: exact expectations, with values known by construction."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming.audience.films import film_id
from streaming.audience.truth import Truth
from tests.streaming.audience.stage import SMALL, best_slates, random_slates, scene_of, slate, truth_of_week

SCENE = scene_of(SMALL)


def truth(slates: dict) -> Truth:
    """The truth of slates in week 1."""
    return truth_of_week(SMALL, 1, slates, {})


def test_the_best_slates_leave_no_regret() -> None:
    best = truth(best_slates(SCENE))
    assert best.regret == pytest.approx(0, abs=1e-12)
    assert best.ctr == pytest.approx(best.oracle_ctr)
    assert best.slates == 60


def test_one_slate_has_the_value_that_one_can_work_out_by_hand() -> None:
    viewer, row = SCENE.viewers[3], SCENE.attraction[3]
    worst, best = (int(np.flatnonzero(row)[pick(row[row > 0])]) for pick in (np.argmin, np.argmax))
    second = float(np.sort(row)[-2])
    one = truth({viewer: slate(viewer, [film_id(worst), film_id(best)])})
    shown = row[worst] + row[best] / 1.15
    oracle = row[best] + second / 1.15
    assert one.ctr == pytest.approx(shown / 2)
    assert one.oracle_ctr == pytest.approx(oracle / 2)
    assert one.regret == pytest.approx(oracle - shown)
    assert one.random_ctr == pytest.approx(row[row > 0].mean() * (1 + 1 / 1.15) / 2)


def test_random_slates_get_the_random_rate_on_average_and_regret_it() -> None:
    truths = [truth(random_slates(SMALL, draw=draw)) for draw in range(30)]
    rates = np.array([one.ctr for one in truths])
    assert rates.mean() == pytest.approx(truths[0].random_ctr, abs=3.5 * rates.std() / np.sqrt(30))
    gap = 10 * (truths[0].oracle_ctr - truths[0].random_ctr)
    assert np.mean([one.regret for one in truths]) == pytest.approx(gap, rel=0.05)
    assert gap > 0.5


@settings(max_examples=40, deadline=None)
@given(
    films=st.lists(st.integers(0, 90), max_size=12, unique=True),
    viewers=st.sets(st.integers(0, 59), min_size=1, max_size=5),
)
def test_no_slate_beats_the_oracle(films: list[int], viewers: set[int]) -> None:
    names = [SCENE.viewers[row] for row in viewers]
    some = truth({name: slate(name, map(film_id, films)) for name in names})
    assert some.slates == len(viewers)
    if not films:
        assert (some.ctr, some.random_ctr, some.oracle_ctr, some.regret) == (None,) * 4
        return
    assert 0 <= some.ctr <= some.oracle_ctr + 1e-12
    assert 0 <= some.random_ctr <= some.oracle_ctr
    assert some.regret >= -1e-12


def test_what_is_watched_is_offered_by_nobody() -> None:
    viewer, row = SCENE.viewers[0], SCENE.attraction[0]
    best = int(np.argmax(row))
    slates = {viewer: slate(viewer, [film_id(best)])}
    before = truth(slates)
    after = truth_of_week(SMALL, 1, slates, {viewer: {film_id(best)}})
    assert before.regret == pytest.approx(0, abs=1e-12)
    assert after.ctr == 0
    assert after.regret == pytest.approx(np.sort(row)[-2], rel=0.5)
    assert after.regret == after.oracle_ctr


def test_a_random_slate_ends_where_nothing_is_left_to_show() -> None:
    viewer, films = SCENE.viewers[0], [film_id(film) for film in np.flatnonzero(SCENE.attraction[0])]
    watched = {viewer: set(films[2:])}
    left = scene_of(SMALL, watched=watched).attraction[0]
    one = truth_of_week(SMALL, 1, {viewer: slate(viewer, films[:5])}, watched)
    assert (left > 0).sum() == 2
    assert one.random_ctr == pytest.approx(left.sum() / 2 * (1 + 1 / 1.15) / 5)
    assert one.oracle_ctr == pytest.approx((left.max() + left[left > 0].min() / 1.15) / 5)


def test_no_slates_no_rates() -> None:
    assert truth({}) == Truth(1, 0, None, None, None, None)
