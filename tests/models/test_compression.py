"""The int8 form of a recommender: nearly the same scores, its own artifact, and no way to train it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from scipy.stats import spearmanr

from models.base.errors import BadArtifact, Untrainable
from models.base.int8 import Int8LinearOfFew, product, stand_in, whole_rows, whole_state
from models.evaluation.metrics import ndcg_at, unseen_targets
from models.recommenders import load_recommender, members
from models.recommenders.blend import Blend
from models.recommenders.catalogue import CatalogueRecommender
from models.recommenders.composition import Composition
from models.recommenders.compressed import bytes_ratio, compressed
from models.recommenders.exports.sequence_int8 import Int8SequenceEncoder
from models.recommenders.histories import Histories
from models.recommenders.popularity import Popularity
from models.recommenders.sequence import SequenceEncoder
from models.recommenders.transitions import Transitions
from tests.models.audiences import history, two_genres, two_groups

VIEWERS = [f"viewer-{number:02d}" for number in range(24)]


@pytest.fixture(scope="module")
def encoder() -> SequenceEncoder:
    """An encoder that knows two groups of viewers with opposite tastes."""
    return SequenceEncoder().fit(two_groups(), two_genres())


@pytest.fixture(scope="module")
def small(encoder: SequenceEncoder) -> Int8SequenceEncoder:
    """Its int8 form."""
    return Int8SequenceEncoder.of(encoder)


@pytest.fixture(scope="module")
def composition() -> Composition:
    """A composition in which the encoder and demand count."""
    parts = (Popularity(), Transitions(), SequenceEncoder(epochs=2, least_steps=20))
    made = Composition(parts, (0.1, 0.5, 1.0)).fit(two_groups(), two_genres())
    made.demand = 0.4
    return made


def test_products_are_exact_up_to_the_widest_rows() -> None:
    signs = torch.from_numpy(np.random.default_rng(0).choice([-127.0, 127.0], (9, 1040)).astype(np.float32))
    weight, scale = whole_rows(signs)
    assert torch.equal(product(signs, weight, scale.squeeze(1)).double(), signs.double() @ signs.double().T)
    with pytest.raises(ValueError, match="1041 numbers are wider than 1040"):
        product(torch.ones(1, 1041), torch.ones(1, 1041, dtype=torch.int8), torch.ones(1))


def _histories(model: CatalogueRecommender) -> Histories:
    return Histories.of(two_groups(), pd.Index(VIEWERS), model.films)


@pytest.mark.parametrize("bias", [True, False])
def test_a_few_rows_give_nearly_what_they_give_among_many(bias: bool) -> None:
    torch.manual_seed(0)
    trained, small = (torch.nn.Sequential(torch.nn.Linear(192, 577, bias)) for _ in range(2))
    stand_in(small, Int8LinearOfFew)
    small.load_state_dict(whole_state(trained))
    rows = torch.randn(32, 192)
    with torch.no_grad():
        many, alone = small(rows), torch.cat([small(row) for row in rows.split(1)])
        assert small(rows.view(2, 16, 192)).shape == (2, 16, 577)
        assert torch.equal(torch.cat([small(few) for few in rows.split(4)]), alone), "these do not hang on each other"
    assert not torch.equal(many, alone), "few go another way"
    torch.testing.assert_close(alone, many, rtol=0, atol=0.02)
    torch.testing.assert_close(alone, trained(rows).detach(), rtol=0, atol=0.02)


@given(watched=st.lists(st.integers(0, 23), min_size=1, max_size=12, unique=True))
@settings(max_examples=50, deadline=None)
def test_scores_are_nearly_those_of_the_encoder(
    encoder: SequenceEncoder, small: Int8SequenceEncoder, watched: list[int]
) -> None:
    coded = Histories.of_one(history("new", *encoder.films[watched]), encoder.films)
    before, after = encoder.affinity(coded)[0], small.affinity(coded)[0]
    assert spearmanr(before, after).statistic > 0.98
    assert np.abs(after - before).max() < 0.1 * before.std()


def test_lists_are_as_good(encoder: SequenceEncoder, small: Int8SequenceEncoder) -> None:
    later = pd.concat([history(viewer, *_genre(viewer)) for viewer in VIEWERS])
    targets = unseen_targets(two_groups(), later)
    before, after = (ndcg_at(model.recommend(VIEWERS, two_groups(), 4), targets).mean() for model in (encoder, small))
    assert after >= 0.99 * before > 0.9


def _genre(viewer: str) -> list[str]:
    return [f"{'western' if int(viewer[-2:]) % 2 else 'comedy'}-{number:02d}" for number in range(12)]


def test_a_saved_form_scores_the_same(small: Int8SequenceEncoder, tmp_path: Path) -> None:
    small.save(tmp_path / "small")
    loaded = load_recommender(tmp_path / "small")
    assert isinstance(loaded, Int8SequenceEncoder)
    np.testing.assert_array_equal(loaded.affinity(_histories(loaded)), small.affinity(_histories(small)))
    watched = history("new", "comedy-01", "western-02")
    assert_frame_equal(loaded.explain(watched, "comedy-09"), small.explain(watched, "comedy-09"), check_exact=True)
    assert {path.suffix for path in (tmp_path / "small").iterdir()} == {".json", ".parquet", ".safetensors"}


def test_a_torn_form_is_refused(small: Int8SequenceEncoder, tmp_path: Path) -> None:
    small.save(tmp_path / "small")
    victim = tmp_path / "small" / "learned.safetensors"
    victim.write_bytes(victim.read_bytes()[:-1])
    with pytest.raises(BadArtifact, match=victim.name):
        load_recommender(tmp_path / "small")


def test_a_list_does_not_hang_on_who_else_is_asked_for(small: Int8SequenceEncoder) -> None:
    watched = pd.concat([two_groups(), history("long", *_genre("00"), *_genre("01"))])
    alone = small.recommend(["viewer-03"], watched, 5)
    among = small.recommend(["long", *VIEWERS], watched, 5)
    assert_frame_equal(among[among["viewer_id"] == "viewer-03"].reset_index(drop=True), alone)


def test_newcomers_get_what_is_popular(small: Int8SequenceEncoder, encoder: SequenceEncoder) -> None:
    listed, before = (model.recommend(["nobody"], two_groups(), 24)["score"] for model in (small, encoder))
    np.testing.assert_array_equal(listed, before)


def test_the_own_group_explains_a_recommendation(small: Int8SequenceEncoder) -> None:
    reasons = small.explain(history("new", "comedy-05", "western-03", "western-04"), "western-05", top=1)
    assert reasons["film_id"].str.startswith("western").tolist() == [True]


def test_it_serves_and_is_never_trained(small: Int8SequenceEncoder) -> None:
    assert small.name not in members()
    for learn in (small.fit, small.refit):
        with pytest.raises(Untrainable, match="fit 'sequence'"):
            learn(two_groups(), two_genres())


def test_what_serves_takes_less_than_a_third_of_the_bytes(tmp_path: Path) -> None:
    many = pd.DataFrame({"film_id": [f"film-{number}" for number in range(3000)], "genres": [["drama"]] * 3000})
    small = Int8SequenceEncoder.of(SequenceEncoder(epochs=1, least_steps=1).fit(two_groups(viewers=600), many))
    small.save(tmp_path / "small")
    size = sum(path.stat().st_size for path in (tmp_path / "small").iterdir())
    assert size <= 0.3 * (size - small.bytes + small.bytes_in_float32)
    assert bytes_ratio(small) == small.bytes / small.bytes_in_float32 < 0.3


def test_the_encoder_stays_as_it_was_and_goes_on_learning(encoder: SequenceEncoder) -> None:
    kept = {name: array.copy() for name, array in encoder.arrays.items()}
    before = encoder.affinity(_histories(encoder))
    compressed(encoder)
    assert kept.keys() == encoder.arrays.keys()
    assert all(np.array_equal(kept[name], array) for name, array in encoder.arrays.items())
    np.testing.assert_array_equal(encoder.affinity(_histories(encoder)), before)


def test_a_network_that_was_kept_is_let_go_when_more_is_learned() -> None:
    model = SequenceEncoder(epochs=1, least_steps=1).fit(two_groups())
    before = model.affinity(_histories(model))
    np.testing.assert_array_equal(model.affinity(_histories(model)), before)
    model.refit(two_groups())
    assert not np.array_equal(model.affinity(_histories(model)), before)


def test_a_composition_is_compressed_saved_and_loaded(composition: Composition, tmp_path: Path) -> None:
    small = compressed(composition)
    assert isinstance(small, Composition)
    assert [part.name for part in small.parts] == ["popularity", "transitions", "sequence-int8"]
    small.save(tmp_path / "small")
    loaded = load_recommender(tmp_path / "small")
    expected = small.recommend(VIEWERS, two_groups(), 10)
    assert_frame_equal(loaded.recommend(VIEWERS, two_groups(), 10), expected, check_exact=True)
    whole = composition.recommend(VIEWERS, two_groups(), 10)
    np.testing.assert_allclose(expected["score"], whole["score"], atol=0.1)
    with pytest.raises(Untrainable):
        small.refit(two_groups())


def test_a_composition_stays_as_it_was(composition: Composition) -> None:
    before = composition.recommend(VIEWERS, two_groups(), 10)
    compressed(composition)
    assert [part.name for part in composition.parts] == ["popularity", "transitions", "sequence"]
    assert_frame_equal(composition.recommend(VIEWERS, two_groups(), 10), before, check_exact=True)


def test_an_encoder_leads_a_blend_in_either_form(encoder: SequenceEncoder) -> None:
    parts = (encoder, Transitions().fit(two_groups(), two_genres()))
    small = compressed(Blend().of_parts(parts))
    assert small is not None and small.arrays["popularity"].dtype == np.float32
    assert bytes_ratio(small) < 0.5


@pytest.mark.parametrize("model", [Popularity(), Blend()])
def test_where_there_is_no_encoder_there_is_no_form(model: CatalogueRecommender) -> None:
    assert compressed(model) is None
