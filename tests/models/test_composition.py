"""The composition: its weights follow what viewers took up next, and its parts keep what they chose."""

from pathlib import Path

import numpy as np
import pandas as pd
from pandas.testing import assert_frame_equal

from models.evaluation.metrics import unseen_targets
from models.recommenders import load_recommender
from models.recommenders.als import ImplicitALS
from models.recommenders.blend import Blend
from models.recommenders.composition import Composition
from models.recommenders.content import Content
from models.recommenders.ease import Ease
from models.recommenders.popularity import Popularity
from models.recommenders.selection import quality
from models.recommenders.transitions import Transitions
from tests.models.audiences import DAY_MS, film_of, history, two_genres, two_groups


def _next_films(viewers: int = 24) -> pd.DataFrame:
    """Each viewer of `two_groups` goes on with the film that follows the last one."""
    rows = [
        (f"viewer-{viewer:02d}", film_of(viewer, (viewer // 2 + 8) % 12), 9 * DAY_MS, 1.0) for viewer in range(viewers)
    ]
    return pd.DataFrame(rows, columns=["viewer_id", "film_id", "occurred_at", "strength"])


def test_the_part_that_foresees_gets_the_weight() -> None:
    watched = two_groups()
    model = Composition((Popularity(), Transitions()), (1.0, 0.0)).fit(watched)
    model.tune(watched, unseen_targets(watched, _next_films()))
    assert model.weights[1] > 0
    first = model.recommend(["viewer-04"], watched, 1)["film_id"].item()
    assert first == film_of(4, 10)


def test_chosen_weights_and_settings_are_saved(tmp_path: Path) -> None:
    watched = two_groups()
    model = Composition((Popularity(), Ease(), Transitions()), (1.0, 0.0, 0.0)).fit(watched)
    model.tune(watched, unseen_targets(watched, _next_films()))
    model.save(tmp_path / "model")
    loaded = load_recommender(tmp_path / "model")
    assert isinstance(loaded, Composition) and loaded.weights == model.weights
    assert loaded.parts[1].half_life == model.parts[1].half_life


def _serial_viewers() -> tuple[pd.DataFrame, pd.DataFrame]:
    """500 viewers of 60 films: what comes next is the film after the last one, whatever else they watched."""
    random = np.random.default_rng(0)
    rows, nexts = [], []
    for viewer in range(500):
        films = random.choice(58, 6, replace=False)
        films = [*films[:5], films[5], films[5] + 1] if films[5] + 1 not in films else [*films[:5]]
        rows += [(f"v{viewer:03d}", f"f{film:02d}", at * DAY_MS, 1.0) for at, film in enumerate(films)]
        last = int(films[-1])
        nexts.append((f"v{viewer:03d}", f"f{last + 1:02d}", 9 * DAY_MS, 1.0))
    watched = pd.DataFrame(rows, columns=["viewer_id", "film_id", "occurred_at", "strength"])
    later = pd.DataFrame(nexts, columns=["viewer_id", "film_id", "occurred_at", "strength"])
    return watched, unseen_targets(watched, later)


def test_the_ranker_puts_right_what_a_sum_of_scores_cannot(tmp_path: Path) -> None:
    watched, targets = _serial_viewers()
    model = Composition((Popularity(), Transitions()), (1.0, 0.0)).fit(watched).tune(watched, targets)
    assert model.ranker is not None
    ranked = quality(model, watched, targets)
    listed = model.recommend(sorted(set(targets["viewer_id"])), watched, 10)
    model.save(tmp_path / "model")
    again = load_recommender(tmp_path / "model").recommend(sorted(set(targets["viewer_id"])), watched, 10)
    assert_frame_equal(again, listed)
    model.ranker = None
    assert ranked > quality(model, watched, targets) + 0.02


def test_a_ranker_that_learns_nothing_is_left_out() -> None:
    watched, targets = _serial_viewers()
    by_chance = targets.assign(film_id=np.random.default_rng(1).permutation(targets["film_id"]))
    by_chance = unseen_targets(watched, by_chance)
    model = Composition((Popularity(), Transitions()), (1.0, 0.0)).fit(watched).tune(watched, by_chance)
    assert model.ranker is None


def test_weights_that_hold_for_no_other_viewers_give_way_to_those_of_the_blend() -> None:
    watched, targets = _serial_viewers()
    few = targets.head(60)
    by_chance = unseen_targets(watched, few.assign(film_id=np.random.default_rng(1).permutation(few["film_id"])))
    model = Composition((Popularity(), ImplicitALS(factors=8), Transitions()), (1.0, 0.0, 0.0)).fit(watched)
    assert model.tune(watched, by_chance).weights == (0.0, *Blend().weights)


def test_weights_that_hold_for_other_viewers_replace_those_of_the_blend() -> None:
    watched, targets = _serial_viewers()
    model = Composition((Popularity(), ImplicitALS(factors=8), Transitions()), (1.0, 0.0, 0.0)).fit(watched)
    _, taste, sequence = model.tune(watched, targets).weights
    assert sequence > taste


def test_popularity_chooses_the_half_life_that_foresees() -> None:
    old = [("a", "old", 0, 1.0), ("b", "old", 0, 1.0), ("c", "old", 0, 1.0)]
    new = [("d", "new", 60 * DAY_MS, 1.0), ("e", "new", 60 * DAY_MS, 1.0), ("f", "other", 59 * DAY_MS, 1.0)]
    watched = pd.DataFrame([*old, *new], columns=["viewer_id", "film_id", "occurred_at", "strength"])
    later = pd.DataFrame({"viewer_id": ["f"], "film_id": ["old"]})
    model = Popularity(half_life_days=7.0).fit(watched).tune(watched, later)
    assert model.half_life_days >= 365.0
    assert model.recommend(["f"], watched, 1)["film_id"].item() == "old"


def test_ease_predicts_a_film_from_those_it_is_watched_with() -> None:
    watched = pd.concat(
        [*(history(f"v{n}", "a", "b") for n in range(5)), *(history(f"w{n}", "c", "d") for n in range(9))]
    )
    listed = Ease(penalty=1.0).fit(watched).recommend(["new"], history("new", "a"), 3)
    assert listed["film_id"].iloc[0] == "b"
    assert listed["score"].tolist()[1:] == [0.0, 0.0]


def test_ease_scores_only_the_most_watched_where_films_are_too_many() -> None:
    watched = pd.concat([*(history(f"v{n}", "a", "b") for n in range(5)), history("w", "rare", "a")])
    listed = Ease(penalty=1.0, most_films=2).fit(watched).recommend(["new"], history("new", "a"), 3)
    assert dict(zip(listed["film_id"], listed["score"] > 0, strict=True)) == {"b": True, "rare": False}


def test_content_finds_films_by_people_and_words_that_nobody_has_watched() -> None:
    films = pd.DataFrame(
        {
            "film_id": ["seen", "same-people", "same-words", "other"],
            "title": ["Alien", "Blade", "Alien returns", "Emma"],
            "people": [["Scott"], ["Scott"], ["Cameron"], ["Austen"]],
            "genres": [["Horror"], ["Drama"], ["Action"], ["Romance"]],
            "overview": ["A monster aboard", None, "The monster again", "A matchmaker"],
        }
    )
    model = Content().fit(history("v", "seen"), films)
    listed = model.recommend(["v"], history("v", "seen"), 3).set_index("film_id")["score"]
    assert listed["same-people"] > 0 and listed["same-words"] > 0 and listed["other"] == 0


def test_without_descriptions_content_shows_what_is_popular() -> None:
    watched = pd.concat([history(f"v{n}", "a") for n in range(3)] + [history("w", "b")])
    assert Content().fit(watched).recommend(["new"], history("new", "b"), 1)["film_id"].item() == "a"


def test_described_films_that_nobody_watched_are_in_every_catalogue() -> None:
    films = pd.concat([two_genres(), pd.DataFrame({"film_id": ["unwatched"], "genres": [["comedy"]]})])
    for member in (Popularity, Transitions, Ease, Content):
        listed = member().fit(two_groups(), films).recommend(["viewer-00"], two_groups(), 100)
        assert "unwatched" in set(listed["film_id"])
        assert listed["score"].notna().all()
