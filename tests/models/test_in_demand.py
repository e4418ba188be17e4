"""Newcomers are shown what viewers begin with, and not what those who know much go on to."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.recommenders import load_recommender
from models.recommenders.composition import Composition
from models.recommenders.histories import Histories
from models.recommenders.in_demand import first_choice, trend
from models.recommenders.popularity import Popularity
from tests.models.audiences import DAY_MS

_COLUMNS = ["viewer_id", "film_id", "occurred_at", "strength"]


def _days(rows: list[tuple[str, str, int]]) -> pd.DataFrame:
    return pd.DataFrame([(viewer, film, day * DAY_MS, 1.0) for viewer, film, day in rows], columns=_COLUMNS)


@pytest.fixture
def connoisseurs() -> pd.DataFrame:
    """A hundred viewers begin with one of two films, go on to eight of sixty others, and end with the same one."""
    random, rows = np.random.default_rng(0), []
    for viewer in range(100):
        films = [f"door-{viewer % 2}", *(f"deep-{film:02d}" for film in random.choice(60, 8, replace=False)), "deep-99"]
        rows += [(f"v{viewer:02d}", film, viewer + place) for place, film in enumerate(films)]
    return _days(rows)


def test_a_newcomer_is_shown_what_viewers_begin_with(connoisseurs: pd.DataFrame) -> None:
    popular = Popularity(half_life_days=3650.0).fit(connoisseurs)
    composed = Composition((popular,), (1.0,)).fit(connoisseurs)
    assert popular.recommend(["new"], connoisseurs, 1)["film_id"].item() == "deep-99"
    assert set(composed.recommend(["new"], connoisseurs, 2)["film_id"]) == {"door-0", "door-1"}


def test_a_saved_composition_knows_it(connoisseurs: pd.DataFrame, tmp_path: Path) -> None:
    composed = Composition((Popularity(),), (1.0,)).fit(connoisseurs)
    composed.save(tmp_path / "model")
    loaded = load_recommender(tmp_path / "model")
    pd.testing.assert_frame_equal(
        loaded.recommend(["new"], connoisseurs, 9), composed.recommend(["new"], connoisseurs, 9)
    )


def test_of_films_to_begin_with_the_ones_of_these_days_lead() -> None:
    rows = [(f"v{viewer:03d}", "old" if viewer < 150 else "new", viewer) for viewer in range(250)]
    training, films = Histories.for_training(_days(rows))
    assert films[int(first_choice(training).argmax())] == "new"


def test_the_order_of_rows_leaves_no_trace(connoisseurs: pd.DataFrame) -> None:
    shuffled = connoisseurs.sample(frac=1.0, random_state=1)
    for measured in (first_choice, lambda training: trend(training, 0.05)):
        one, other = (measured(Histories.for_training(rows)[0]) for rows in (connoisseurs, shuffled))
        np.testing.assert_array_equal(one, other)
