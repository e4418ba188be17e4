"""What each recommender promises beyond the contract."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.base import artifact
from models.base.errors import UnknownModel
from models.recommenders import load_recommender
from models.recommenders.als import ImplicitALS
from models.recommenders.blend import Blend
from models.recommenders.histories import Histories
from models.recommenders.popularity import Popularity
from models.recommenders.protocol import Recommender
from models.recommenders.transitions import Transitions
from tests.models.audiences import DAY_MS, history, two_groups


def test_popularity_halves_with_the_half_life() -> None:
    watched = pd.DataFrame(
        {
            "viewer_id": ["a", "b", "c", "d"],
            "film_id": ["old", "old", "old", "new"],
            "occurred_at": [0, 0, 20 * DAY_MS, 20 * DAY_MS],
            "strength": [4.0, 1.0, 0.5, 2.0],
        }
    )
    listed = Popularity(half_life_days=10).fit(watched).recommend(["z"], watched.head(0), 2)
    assert dict(zip(listed["film_id"], listed["score"], strict=True)) == {"new": 2.0, "old": 5 / 4 + 0.5}


def test_transitions_follow_the_last_film_and_the_direction_of_time() -> None:
    watched = pd.concat([history(f"v{number}", "first", "second", "third") for number in range(5)])
    model = Transitions().fit(watched)
    assert model.recommend(["new"], history("new", "first"), 2)["film_id"].tolist() == ["second", "third"]
    after_third = model.recommend(["new"], history("new", "third"), 2)
    assert after_third["score"].tolist() == [0.0, 0.0]


def test_transition_scores_are_those_of_the_formula() -> None:
    watched = pd.concat([history("v1", "a", "b", "c"), history("v2", "a", "c")])
    model = Transitions(shrinkage=2.0, discount=0.5).fit(watched)
    listed = model.recommend(["new"], history("new", "b", "a"), 1)
    after_a, after_b = (0.5 + 1) / (2.5 + 2), 1 / (1 + 2)
    assert listed["film_id"].tolist() == ["c"]
    assert listed["score"].item() == pytest.approx((after_a + after_b / 2) / np.sqrt(2))


@pytest.mark.parametrize("unit", [0.01, 7.0])
def test_als_does_not_hang_on_the_unit_of_strength(unit: float) -> None:
    watched, scaled = two_groups(), two_groups().assign(strength=unit)
    expected = ImplicitALS().fit(watched).recommend(["viewer-00"], watched, 4)
    listed = ImplicitALS().fit(scaled).recommend(["viewer-00"], scaled, 4)
    np.testing.assert_allclose(listed["score"], expected["score"], rtol=1e-4)


@pytest.mark.parametrize("member", [ImplicitALS, Transitions, Blend])
def test_contributions_add_up_to_the_differences_between_films(member: type[Recommender]) -> None:
    model = member().fit(two_groups())
    coded = Histories.of_one(history("new", "comedy-01", "comedy-04", "western-09"), model.films)
    affinity = model.affinity(coded)[0]
    sums = model.contributions(coded, np.arange(len(model.films))).sum(axis=0)
    np.testing.assert_allclose(sums - sums[0], affinity - affinity[0], atol=1e-5)


def test_a_blend_of_one_part_ranks_as_that_part() -> None:
    watched = two_groups()
    alone = Transitions().fit(watched).recommend(["viewer-05"], watched, 10)
    blended = Blend((Transitions(),), (2.0,)).fit(watched).recommend(["viewer-05"], watched, 10)
    assert blended["film_id"].tolist() == alone["film_id"].tolist()


def test_a_blend_is_loaded_with_the_settings_of_its_parts(tmp_path: Path) -> None:
    Blend((Transitions(window=3), Popularity(half_life_days=5)), (1.0, 0.5)).fit(two_groups()).save(tmp_path / "b")
    loaded = load_recommender(tmp_path / "b")
    assert isinstance(loaded, Blend) and loaded.weights == (1.0, 0.5)
    assert loaded.parts[0].window == 3 and loaded.parts[1].half_life_days == 5


def test_an_artifact_of_no_member_is_named(tmp_path: Path) -> None:
    with artifact.writing(tmp_path / "model", "oracle") as files:
        files.write_json("settings", {})
    with pytest.raises(UnknownModel, match="'oracle'; the recommenders are als, blend, composition, content"):
        load_recommender(tmp_path / "model")
