"""The contract of all recommenders, whichever there are."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from models.base.errors import BadArtifact, EmptyTraining
from models.recommenders import load_recommender, members
from models.recommenders.protocol import Recommender
from tests.models.audiences import history, two_genres, two_groups

MEMBERS = members()
PICKLES = {bytes((0x80, protocol)) for protocol in range(2, 6)}  # how each begins
VIEWERS = [f"viewer-{number:02d}" for number in range(24)]


@pytest.fixture(scope="module", params=MEMBERS)
def model(request: pytest.FixtureRequest) -> Recommender:
    """Each member, fitted to two groups of viewers with opposite tastes."""
    return MEMBERS[request.param]().fit(two_groups(), two_genres())


def test_the_family_has_its_baseline_and_its_models() -> None:
    parts = {"popularity", "als", "transitions", "ease", "content", "sequence", "resolutions"}
    assert parts | {"blend", "composition"} <= set(MEMBERS)
    assert all(name == member.name for name, member in MEMBERS.items())


def test_a_saved_model_recommends_the_same(model: Recommender, tmp_path: Path) -> None:
    model.save(tmp_path / "model")
    loaded = load_recommender(tmp_path / "model")
    assert type(loaded) is type(model)
    again = loaded.recommend(VIEWERS, two_groups(), 5)
    assert_frame_equal(again, model.recommend(VIEWERS, two_groups(), 5), check_exact=True)
    likeable, watched = "comedy-09", history("new", "comedy-01", "comedy-02")
    assert_frame_equal(*(each.explain_each(watched, [likeable])[0] for each in (loaded, model)), check_exact=True)


def test_saving_again_replaces_the_artifact(model: Recommender, tmp_path: Path) -> None:
    model.save(tmp_path / "model")
    model.save(tmp_path / "model")
    assert load_recommender(tmp_path / "model").name == model.name
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_nothing_written_is_a_pickle(model: Recommender, tmp_path: Path) -> None:
    model.save(tmp_path / "model")
    written = [path for path in (tmp_path / "model").rglob("*") if path.is_file()]
    assert {path.suffix for path in written} <= {".json", ".parquet", ".safetensors", ".ubj"}
    assert not any(path.read_bytes()[:2] in PICKLES for path in written)


def test_a_torn_artifact_is_refused(model: Recommender, tmp_path: Path) -> None:
    model.save(tmp_path / "model")
    victim = max((tmp_path / "model").rglob("*.safetensors"))
    victim.write_bytes(victim.read_bytes()[:-1])
    with pytest.raises(BadArtifact, match=victim.name):
        load_recommender(tmp_path / "model")


def test_the_frame_has_the_columns_and_ranks_of_the_protocol(model: Recommender) -> None:
    asked = [*reversed(VIEWERS), "nobody"]
    listed = model.recommend(asked, two_groups(), 3)
    assert list(listed.columns) == ["viewer_id", "film_id", "score", "rank"]
    assert listed["viewer_id"].tolist() == [viewer for viewer in asked for _ in range(3)]
    assert listed["rank"].tolist() == [1, 2, 3] * len(asked)
    assert (listed.groupby("viewer_id")["score"].diff().dropna() <= 0).all()


def test_films_of_the_history_are_never_recommended(model: Recommender) -> None:
    everything = model.recommend(VIEWERS, two_groups(), 100)
    both = everything.merge(two_groups(), on=["viewer_id", "film_id"])
    assert both.empty
    assert everything.groupby("viewer_id").size().eq(24 - 8).all()


def test_the_newest_history_counts_and_not_that_of_the_training(model: Recommender) -> None:
    first = model.recommend(["viewer-00"], two_groups(), 1)["film_id"].item()
    watched = pd.concat([two_groups(), history("viewer-00", first)])
    assert first not in set(model.recommend(["viewer-00"], watched, 24)["film_id"])


def test_candidates_can_be_limited(model: Recommender) -> None:
    listed = model.recommend(["nobody"], two_groups(), 10, films=["comedy-01", "western-02", "unheard-of"])
    assert set(listed["film_id"]) == {"comedy-01", "western-02"}
    assert model.recommend(["nobody"], two_groups(), 10, films=[]).empty


def test_viewers_without_a_history_are_served_the_most_popular(model: Recommender) -> None:
    fashion = pd.concat([two_groups(), *(history(f"fan-{fan}", "comedy-07") for fan in range(18))])
    fashionable = type(model)().fit(fashion)
    listed = fashionable.recommend(["nobody"], two_groups(), 2)
    assert listed["film_id"].iloc[0] == "comedy-07"
    assert listed["score"].iloc[0] > 2 * listed["score"].iloc[1] > 0


def test_unknown_films_in_a_history_are_ignored(model: Recommender) -> None:
    known = history("new", "western-01", "western-02", "western-03")
    unknown = known.assign(film_id="unheard-of-" + known["film_id"])
    expected = model.recommend(["new"], known, 5)
    assert_frame_equal(model.recommend(["new"], pd.concat([unknown, known, unknown]), 5), expected)
    newcomer = model.recommend(["nobody"], known, 5).drop(columns="viewer_id")
    assert_frame_equal(model.recommend(["new"], unknown, 5).drop(columns="viewer_id"), newcomer)


def test_a_list_does_not_hang_on_who_else_is_asked_for(model: Recommender) -> None:
    alone = model.recommend(["viewer-03"], two_groups(), 5)
    among = model.recommend(VIEWERS, two_groups(), 5)
    assert_frame_equal(among[among["viewer_id"] == "viewer-03"].reset_index(drop=True), alone)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rows_changes_no_digit(model: Recommender, seed: int) -> None:
    shuffled = two_groups().sample(frac=1.0, random_state=seed)
    again = type(model)().fit(shuffled, two_genres()).recommend(VIEWERS, shuffled, 10)
    assert_frame_equal(again, model.recommend(VIEWERS, two_groups(), 10), check_exact=True)


def test_the_callers_frames_stay_as_they_were(model: Recommender) -> None:
    given = two_groups().sample(frac=1.0, random_state=3)
    kept = given.copy(deep=True)
    type(model)().fit(given, two_genres()).recommend(VIEWERS, given, 5)
    model.explain_each(given[given["viewer_id"] == "viewer-00"], ["comedy-11"])
    assert_frame_equal(given, kept)


def test_nothing_to_learn_from_is_an_error_that_says_so(model: Recommender) -> None:
    with pytest.raises(EmptyTraining, match="0 interactions"):
        type(model)().fit(two_groups().head(0))


def test_an_explanation_names_only_the_viewers_films(model: Recommender) -> None:
    watched = history("new", "western-01", "western-02", "western-03", "unheard-of")
    reasons = model.explain_each(watched, ["western-04"], top=2)[0]
    assert list(reasons.columns) == ["film_id", "contribution"]
    assert len(reasons) <= 2
    assert set(reasons["film_id"]) <= {"western-01", "western-02", "western-03"}
    assert (reasons["contribution"] > 0).all() and reasons["contribution"].is_monotonic_decreasing
    assert model.explain_each(watched, ["unheard-of"])[0].empty


def test_one_interaction_is_enough(model: Recommender) -> None:
    tiny = type(model)().fit(history("only", "comedy-01"))
    assert tiny.recommend(["only"], history("only", "comedy-01"), 3).empty
    assert tiny.recommend(["nobody"], history("only", "comedy-01"), 3)["film_id"].tolist() == ["comedy-01"]


@pytest.mark.parametrize("name", [name for name in MEMBERS if name != "popularity"])
def test_a_withheld_film_of_the_own_group_is_recommended(name: str) -> None:
    model, audience = MEMBERS[name]().fit(two_groups(), two_genres()), two_groups()
    listed = model.recommend(VIEWERS, audience, 4)
    likes_westerns = listed["viewer_id"].str[-2:].astype(int).to_numpy() % 2 == 1
    np.testing.assert_array_equal(listed["film_id"].str.startswith("western"), likes_westerns)


@pytest.mark.parametrize("name", [name for name in MEMBERS if name != "popularity"])
def test_the_own_group_explains_a_recommendation(name: str) -> None:
    model = MEMBERS[name]().fit(two_groups(), two_genres())
    reasons = model.explain_each(history("new", "comedy-05", "western-03", "western-04"), ["western-05"], top=1)[0]
    assert reasons["film_id"].str.startswith("western").all() and len(reasons) == 1
