"""Taste at two resolutions: each is learned from, and both are kept."""

from pathlib import Path

import numpy as np
from pandas.testing import assert_frame_equal
from scipy.stats import zscore

from models.recommenders import load_recommender
from models.recommenders.als import ImplicitALS
from models.recommenders.histories import Histories, sorted_ids
from models.recommenders.resolutions import Resolutions
from tests.models.audiences import two_groups


def test_each_resolution_counts_as_much_in_units_of_its_spread() -> None:
    watched = two_groups()
    model = Resolutions().fit(watched)
    histories = Histories.of(watched, sorted_ids(watched["viewer_id"]), model.films)
    alone = [ImplicitALS(*each).fit(watched).affinity(histories) for each in ((8, 0.15), (64, 0.1))]
    expected = sum(zscore(affinity, axis=1) for affinity in alone)
    np.testing.assert_allclose(model.affinity(histories), expected, atol=1e-5)


def test_other_resolutions_are_saved_and_learned_with_again(tmp_path: Path) -> None:
    watched, viewers = two_groups(), ["viewer-02", "viewer-03"]
    model = Resolutions(factors=(2, 6), regularization=(0.3, 0.2)).fit(watched)
    model.save(tmp_path / "model")
    loaded = load_recommender(tmp_path / "model")
    assert_frame_equal(loaded.recommend(viewers, watched, 5), model.recommend(viewers, watched, 5))
    assert_frame_equal(loaded.refit(watched).recommend(viewers, watched, 5), model.recommend(viewers, watched, 5))
