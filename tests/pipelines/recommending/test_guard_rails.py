"""The guard rails: what a runaway model's lists become, and that no cycle shows what cannot be mended."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base.columns import FILM, RANK, SCORE, VIEWER
from pipelines.platform.errors import BadSetting, OffTheRails
from pipelines.recommending.guard_rails import Exposure, Lists, Rails, exposure, keep

FILMS = [f"film-{n:03}" for n in range(200)]
NEW = frozenset(FILMS[-20:])
RAILS = Rails(coverage=0.2, new=0.2, gini=0.9)


def ranking(scores: np.ndarray) -> Lists:
    """Lists of a model with these scores, shape (viewers, films)."""

    def lists(n: int, films: Sequence[str]) -> pd.DataFrame:
        place = pd.Index(FILMS).get_indexer(pd.Index(films))
        order = np.argsort(-scores[:, place], axis=1, kind="stable")[:, :n]
        viewers, depth = order.shape
        return pd.DataFrame(
            {
                VIEWER: np.repeat([f"v{v:03}" for v in range(viewers)], depth),
                FILM: np.asarray(films, dtype=object)[order].ravel(),
                SCORE: np.take_along_axis(scores[:, place], order, axis=1).ravel(),
                RANK: np.tile(np.arange(1, depth + 1), viewers),
            }
        )

    return lists


def same_for_all(viewers: int = 100) -> np.ndarray:
    return np.tile(np.linspace(1, 0, len(FILMS)), (viewers, 1))


def test_lists_within_the_rails_stay_as_the_model_made_them() -> None:
    scores = np.random.default_rng(0).normal(size=(100, len(FILMS)))
    kept = keep(RAILS, ranking(scores), FILMS, NEW, 10)
    pd.testing.assert_frame_equal(kept.listed, ranking(scores)(10, FILMS))
    assert kept.price == 0 and kept.shown == kept.unpriced


def test_a_model_that_shows_the_same_to_all_is_brought_within_them() -> None:
    kept = keep(RAILS, ranking(same_for_all()), FILMS, NEW, 10)
    assert kept.unpriced == Exposure(coverage=0.05, new=0.0, gini=pytest.approx(0.95))
    assert len(RAILS.broken(kept.unpriced)) == 3 and not RAILS.broken(kept.shown)
    assert kept.price > 0
    assert kept.listed.groupby(VIEWER).size().eq(10).all() and not kept.listed.duplicated([VIEWER, FILM]).any()
    assert kept.listed.groupby(VIEWER)[RANK].apply(list).map([*range(1, 11)].__eq__).all()


def test_the_dearest_films_are_the_crowded_ones_and_not_the_good_ones_of_few() -> None:
    scores = same_for_all()
    scores[0, 150] = 3.0  # one viewer's own
    kept = keep(RAILS, ranking(scores), FILMS, NEW, 10)
    first = kept.listed[kept.listed[VIEWER] == "v000"]
    assert first[FILM].iloc[0] == FILMS[150]


def test_what_no_price_can_mend_is_not_shown() -> None:
    with pytest.raises(OffTheRails, match=r"not shown, Gini 0\.\d+ is over 0 .*rollback recommender"):
        keep(Rails(coverage=0.2, new=0.2, gini=0.0), ranking(same_for_all(30)), FILMS, NEW, 10)


def test_a_handful_of_places_says_nothing_of_new_films() -> None:
    assert exposure(ranking(same_for_all(3))(10, FILMS), FILMS, NEW).new is None


@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(1, 20))
def test_an_exposure_is_made_of_shares(seed: int, viewers: int, n: int) -> None:
    scores = np.random.default_rng(seed).normal(size=(viewers, len(FILMS)))
    shown = exposure(ranking(scores)(n, FILMS), FILMS, NEW)
    assert 0 < shown.coverage <= 1 and 0 <= shown.gini <= 1
    by_chance = viewers * n * len(NEW) / len(FILMS)  # of all places, those that new films would have
    if by_chance < 20:
        assert shown.new is None
    else:
        assert shown.new is not None and 0 <= shown.new * by_chance <= viewers * min(n, len(NEW))


def test_even_places_have_no_inequality_and_cover_all() -> None:
    places = pd.DataFrame({FILM: FILMS * 2 + FILMS[:50]})
    shown = exposure(places, FILMS, frozenset())
    assert (shown.coverage, shown.gini) == (1.0, pytest.approx(0))


def test_a_setting_that_cannot_be_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CINELOOP_MOST_GINI", "1.5")
    with pytest.raises(BadSetting, match=r"CINELOOP_MOST_GINI is '1.5': set it to a number from 0 to 1"):
        Rails()
