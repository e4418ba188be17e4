"""What judges learn from films and viewers whose tastes are known, and what may not move them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.base.errors import BadArtifact, EmptyTraining
from models.judging import style
from models.judging.chosen import Chosen
from models.judging.heard import Heard
from models.judging.judges import Judges, blind_errors, errors, half_of, untaught
from models.judging.sentiment import Sentiment
from models.judging.wording import Wording
from models.screenplay.reading import read
from tests.models.film_texts import DAY_MS, GENRES, chosen, films, interactions, members, prose, scene

HORROR, ROMANCE = "taste/Horror", "taste/Romance"


@pytest.fixture(scope="module")
def told() -> pd.DataFrame:
    return films()


@pytest.fixture(scope="module")
def judges(told: pd.DataFrame) -> Judges:
    return Judges.fit(told, chosen(told))


def appeal(judges: Judges, text: str, segment: str) -> float:
    return float(judges.first.predict([[text]]).mean[0, judges.first.segments.index(segment)])


def test_how_often_a_film_was_chosen_by_eye() -> None:
    told = pd.DataFrame({"film_id": ["a", "b", "c"], "opens": pd.to_datetime(["1970-01-01", None, "1970-01-03"])})
    rows = [("x", "a", 10, 2.0), ("y", "b", 20, 1.0), ("x", "c", 2 * DAY_MS, 3.0), ("x", "c", 9 * DAY_MS, 9.0)]
    taken = pd.DataFrame(rows, columns=["viewer_id", "film_id", "occurred_at", "strength"])
    both = pd.DataFrame({"viewer_id": ["x", "y", "x"], "segment": ["all", "all", "one"]})
    found = Chosen.of(taken, told, both, 3 * DAY_MS)
    assert found.segments == ["all", "one"]
    assert found.taken.tolist() == [[2, 2], [1, 0], [3, 3]]
    # Until the third day two films are open, then three: 2/2 + 1/2 + 3/3 for the first, 3/3 for the last.
    assert found.expected.tolist() == [[2.5, 2], [2.5, 2], [1, 1]]
    assert found.liking()[0, 0] < found.liking()[0, 1] == 0 < found.liking()[2, 0]


def test_what_happens_later_moves_nothing(told: pd.DataFrame) -> None:
    known = interactions(told)
    last = int(known["occurred_at"].max())
    late = interactions(told, seed=9, at=50 * DAY_MS)
    before, after = (Chosen.of(rows, told, members(), last) for rows in (known, pd.concat([known, late])))
    np.testing.assert_array_equal(before.liking(), after.liking())
    assert (Chosen.of(late, told, members(), 2**60).liking() != before.liking()).any()
    text = [[prose("Horror", np.random.default_rng(0))]]
    made = [Judges.fit(told, each).first.predict(text).mean for each in (before, after)]
    np.testing.assert_array_equal(*made)


def test_a_script_of_a_genre_pleases_those_who_like_it(judges: Judges) -> None:
    chance = np.random.default_rng(5)
    for judge in (judges.first, judges.second):
        ghosts, kisses, riders = (judge.predict([[prose(genre, chance, 30, 30)]]) for genre in GENRES)
        horror, romance = judge.segments.index(HORROR), judge.segments.index(ROMANCE)
        assert ghosts.mean[0, horror] > 0.5 > -0.3 > kisses.mean[0, horror]
        assert kisses.mean[0, romance] > 0.5 > -0.3 > ghosts.mean[0, romance]
        assert riders.mean[0].max() < 0
        assert judge.reader.genres[int(judge.read_genres([[prose("Western", chance)]])[0].argmax())] == "Western"


def test_intervals_hold_what_new_films_of_the_kind_get(told: pd.DataFrame, judges: Judges) -> None:
    both = pd.concat([told, films(300, seed=3)], ignore_index=True)
    fresh = chosen(both)
    new = [place for place, film in enumerate(fresh.films) if film.startswith("film-3")]
    texts = both.set_index("film_id")["overview"].loc[fresh.films[new]]
    made = judges.first.predict([[text] for text in texts])
    inside = (fresh.liking()[new] >= made.low) & (fresh.liking()[new] <= made.high)
    assert 0.7 < inside.mean() < 0.92
    assert (made.low < made.mean).all() and (made.mean < made.high).all()


def test_a_gain_is_surer_than_a_film(judges: Judges) -> None:
    chance = np.random.default_rng(2)
    before, after = [prose("Western", chance)] * 2, [prose("Western", chance), prose("Horror", chance)]
    predicted = judges.first.predict([before, after])
    gain, place = predicted.gain(1), judges.first.segments.index(HORROR)
    assert gain.low[place] > 0 and gain.spread[place] < predicted.spread[place]
    assert (predicted.gain(0).mean == 0).all() and (predicted.gain(0).spread == 0).all()


def test_the_two_judges_share_no_film_and_the_first_is_measured_on_the_others(
    told: pd.DataFrame, judges: Judges
) -> None:
    known = chosen(told)
    apart = untaught(known)
    assert (half_of(apart.films) == 1).all() and 60 < len(apart.films) < 140
    assert errors(judges.first, told, apart).mean() < 0.8 * blind_errors(known).loc[apart.films].mean()
    spoilt = told.assign(overview=told["overview"].where(half_of(pd.Index(told["film_id"])) == 0, "coffin"))
    assert appeal(Judges.fit(spoilt, known), "coffin crypt", HORROR) == appeal(judges, "coffin crypt", HORROR)


def test_what_is_loaded_judges_as_what_was_saved_and_no_pickle_is_written(judges: Judges, tmp_path: Path) -> None:
    judges.save(tmp_path / "judges")
    again, script = Judges.load(tmp_path / "judges"), [["a coffin", "a kiss in the saloon"]]
    for one, other in ((judges.first, again.first), (judges.second, again.second)):
        np.testing.assert_array_equal(one.predict(script).draws, other.predict(script).draws)
        np.testing.assert_array_equal(one.predict(script).high, other.predict(script).high)
    text = "the coffin in the crypt"
    pd.testing.assert_frame_equal(again.film_index.nearest(text, 3), judges.film_index.nearest(text, 3))
    endings = {path.suffix for path in (tmp_path / "judges").rglob("*") if path.is_file()}
    assert endings == {".json", ".safetensors", ".parquet"}
    victim = tmp_path / "judges" / "first" / "terms.json"
    victim.write_bytes(victim.read_bytes().replace(b"c", b"k", 1))
    with pytest.raises(BadArtifact, match="torn"):
        Judges.load(tmp_path / "judges")


def test_the_same_films_teach_the_same(told: pd.DataFrame, judges: Judges) -> None:
    before = told.copy()
    again = Judges.fit(told, chosen(told))
    script = [["a coffin", "a kiss in the saloon"]]
    np.testing.assert_array_equal(again.first.predict(script).draws, judges.first.predict(script).draws)
    np.testing.assert_array_equal(again.second.predict(script).draws, judges.second.predict(script).draws)
    pd.testing.assert_frame_equal(told, before)


def test_a_script_is_the_mean_of_its_scenes_and_unknown_words_say_nothing(judges: Judges) -> None:
    both, coffin, kiss = judges.first.predict([["a coffin", "a kiss"], ["a coffin"], ["a kiss"]]).mean
    np.testing.assert_allclose(both, (coffin + kiss) / 2)
    empty, foreign = judges.first.predict([[""], ["Grüße жаба 蛙"]]).mean
    np.testing.assert_array_equal(empty, foreign)
    assert np.isfinite(judges.first.predict([[]]).mean).all()


def test_what_readers_say_raises_the_appeal_of_like_scripts_to_them(told: pd.DataFrame, judges: Judges) -> None:
    chance, known = np.random.default_rng(8), chosen(told)
    ids = pd.Index([f"script-{number}" for number in range(24)])
    scripts = [[prose("Western", chance)] for _ in ids]
    liking, weight = np.zeros((2, len(ids), len(known.segments)))
    column = known.segments.index(HORROR)
    liking[:, column], weight[:, column] = 1.5, 0.8
    heard = Heard(ids, scripts, liking, weight)
    taught = Judges.fit(told, known, heard=heard)
    for before, after in ((judges.first, taught.first), (judges.second, taught.second)):
        riders, ghosts = [[prose("Western", chance, 20, 10)]], [[prose("Horror", chance, 20, 10)]]
        moved = (after.predict(riders).mean - before.predict(riders).mean)[0]
        others = [place for place in range(len(known.segments)) if place != column]
        assert moved[column] > 0.2 and np.abs(moved[others]).max() < moved[column] / 3
        assert abs((after.predict(ghosts).mean - before.predict(ghosts).mean)[0, column]) < moved[column]
    kept = half_of(ids) == 0
    assert 0 < kept.sum() < len(ids)
    alone = Judges.fit(told, known, heard=heard.of(kept))
    np.testing.assert_array_equal(alone.first.predict(scripts).mean, taught.first.predict(scripts).mean)
    np.testing.assert_array_equal(alone.second.predict(scripts).mean, judges.second.predict(scripts).mean)


def test_too_few_films_are_named(told: pd.DataFrame) -> None:
    few = told.head(50)
    with pytest.raises(EmptyTraining, match=r"films were described and taken up, 40 are needed"):
        Judges.fit(few, chosen(few))
    with pytest.raises(EmptyTraining, match="no word in common"):
        Wording.of(["one", "two"])


def test_the_film_that_is_most_alike_comes_first(told: pd.DataFrame, judges: Judges) -> None:
    nearest = judges.film_index.nearest(told["overview"].iloc[4], 2)
    assert nearest["film_id"].iloc[0] == told["film_id"].iloc[4]
    assert nearest["likeness"].iloc[0] == pytest.approx(1) and nearest["likeness"].iloc[1] < 0.95
    assert judges.film_index.nearest("蛙", 2).empty


PRAISE, BLAME = ["moving", "superb", "warm"], ["dull", "clumsy", "stale"]


def sentences(count: int = 200, seed: int = 0) -> tuple[list[str], list[int]]:
    """Praise, or blame, among plain words; `not` turns what follows."""
    chance, texts, labels = np.random.default_rng(seed), [], []
    for number in range(count):
        favourable, turned = number % 2, chance.random() < 0.3
        word = str(chance.choice(PRAISE if favourable != turned else BLAME))
        texts.append(f"the {chance.choice(['plot', 'film', 'cast'])} is {'not ' if turned else ''}{word} .")
        labels.append(favourable)
    return texts, labels


@pytest.fixture(scope="module")
def heard() -> Sentiment:
    return Sentiment().fit(*sentences())


def test_praise_and_blame_are_told_apart_and_negation_is_heard(heard: Sentiment) -> None:
    texts, labels = sentences(seed=1)
    assert ((heard.log_odds(texts) > 0) == np.array(labels)).all()
    plain, turned = heard.log_odds(["the film is superb .", "the film is not superb ."])
    assert plain > 0.5 and turned < -0.5


def test_sentiment_is_kept_as_it_was_learned(heard: Sentiment, tmp_path: Path) -> None:
    heard.save(tmp_path / "heard")
    texts = sentences(seed=2)[0]
    np.testing.assert_array_equal(Sentiment.load(tmp_path / "heard").log_odds(texts), heard.log_odds(texts))
    np.testing.assert_array_equal(Sentiment().fit(*sentences()).log_odds(texts), heard.log_odds(texts))
    endings = {path.suffix for path in (tmp_path / "heard").iterdir()}
    assert endings == {".json", ".safetensors"}
    with pytest.raises(EmptyTraining, match="20 of each are needed"):
        Sentiment().fit(["good"] * 50, [1] * 50)


SCENES = read(
    scene("HALL", "He runs away now.", ("ANN", "Stop right there."), ("BOB", "No never ever."))
    + scene("YARD", "Incomprehensible manifestations necessitate extraordinary circumspection.")
).scenes


@pytest.mark.parametrize(
    ("count", "by_eye"),
    [
        (style.pace, 100 * 6 / 15),
        (style.spoken, 6 / 15),
        (style.balance, 1.0),
        # 3 sentences and 10 words of 13 syllables in the hall, 1 of 5 words and 24 syllables in the yard.
        (style.readability, 206.835 - 1.015 * 15 / 4 - 84.6 * 37 / 15),
    ],
)
def test_counts_by_eye(count: Callable[..., float], by_eye: float) -> None:
    assert count(SCENES) == pytest.approx(by_eye)


def test_what_has_no_words_has_no_style_and_one_voice_no_balance() -> None:
    silent = read("INT. HALL - DAY\n\nINT. BARN - DAY\n\nHe sings.\n").scenes
    assert np.isnan(style.pace(silent[:1])) and np.isnan(style.readability(silent[:1]))
    assert np.isnan(style.balance(silent))
    assert style.balance(read(scene("HALL", "He waits.", ("ANN", "Hush."))).scenes) == 0
    assert style.cast(SCENES) == ["ANN", "BOB"]
