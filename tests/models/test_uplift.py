"""Uplift where the law is known: curves can be added up by eye, and those are found whom a trailer moves."""

from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from models.base.errors import EmptyTraining
from models.uplift.audience import NOTHING_YET, AudienceFeatures
from models.uplift.curve import area, qini, uplift_curve, weighed
from models.uplift.exposures import Exposures
from models.uplift.model import Uplift

_CASES = st.lists(st.tuples(st.integers(-3, 3), st.integers(-1, 1)), min_size=1, max_size=30)
_SMALL = Uplift(bags=6)


def arrays(cases: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Scores and effects."""
    return tuple(np.array(column, dtype=float) for column in zip(*cases, strict=True))  # type: ignore[return-value]


def test_a_curve_by_eye() -> None:
    share, gain = uplift_curve(np.array([3.0, 1.0, 2.0, 1.0]), np.array([1.0, 0.0, 1.0, 1.0]))
    assert share.tolist() == [0, 0.25, 0.5, 1] and gain.tolist() == [0, 0.25, 0.5, 0.75]
    assert np.interp(0.75, share, gain) == 0.625, "of two with the same score, half of their gain"


@given(_CASES)
def test_a_score_that_says_nothing_has_no_area_over_chance(cases: list[tuple[int, int]]) -> None:
    _, effect = arrays(cases)
    assert qini(np.ones(len(effect)), effect) == pytest.approx(0)


@given(_CASES)
def test_the_reverse_order_has_the_opposite_area(cases: list[tuple[int, int]]) -> None:
    score, effect = arrays(cases)
    assert qini(-score, effect) == pytest.approx(-qini(score, effect))


@given(_CASES, st.randoms())
def test_only_the_order_of_scores_counts_and_not_that_of_rows(cases: list[tuple[int, int]], chance: object) -> None:
    score, effect = arrays(cases)
    chance.shuffle(cases)  # type: ignore[attr-defined]
    shuffled, along = arrays(cases)
    assert area(np.exp(3 * shuffled), along) == pytest.approx(area(score, effect))


@given(_CASES)
def test_no_order_beats_that_of_the_effects(cases: list[tuple[int, int]]) -> None:
    score, effect = arrays(cases)
    assert area(score, effect) <= area(effect, effect) + 1e-12
    assert uplift_curve(score, effect)[1][-1] == pytest.approx(effect.mean())


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(-1, 1)), min_size=1, max_size=5))
def test_viewers_of_one_score_come_in_any_order(cases: list[tuple[int, int]]) -> None:
    score, effect = arrays(cases)
    orders = [np.lexsort((order, -score)) for order in permutations(range(len(cases)))]
    distinct = [area(-np.argsort(reached).astype(float), effect) for reached in orders]
    assert area(score, effect) == pytest.approx(np.mean(distinct))


def test_a_draw_with_exact_propensities_tells_the_effect_in_the_mean() -> None:
    chance = np.random.default_rng(0)
    propensity = chance.choice([0.2, 0.5, 0.8], 200_000)
    shown = (chance.random(200_000) < propensity).astype(float)
    moved = propensity > 0.5  # where many are shown, the trailer works, so that a plain difference would be wrong
    taken = (chance.random(200_000) < np.where(moved, 0.1 + 0.3 * shown, 0.3)).astype(float)
    effect = weighed(shown, propensity, taken)
    assert effect[moved].mean() == pytest.approx(0.3, abs=0.02)
    assert effect[~moved].mean() == pytest.approx(0.0, abs=0.02)


def campaigns(count: int, viewers: int = 500, works: float = 2.0, seed: int = 0) -> tuple[Exposures, np.ndarray]:
    """Campaigns on viewers who like a film more or less, and of whom only those in doubt are moved; and true uplift."""
    chance = np.random.default_rng(seed)
    rows = count * viewers
    table = pd.DataFrame(chance.random((rows, 2)), columns=["doubts", "noise"]).assign(likes=chance.normal(size=rows))
    without = 1.5 * table["likes"] - 2
    with_it = without + works * (table["doubts"] > 0.7)
    uplift = (expit(with_it) - expit(without)).to_numpy()
    propensity = np.where(np.arange(rows) % 3 == 0, 0.8, 0.4)
    shown = (chance.random(rows) < propensity).astype(float)
    taken = (chance.random(rows) < expit(np.where(shown == 1, with_it, without))).astype(float)
    return Exposures(table, shown, propensity, taken, np.repeat(np.arange(count), viewers)), uplift


@pytest.fixture(scope="module")
def model() -> Uplift:
    return replace(_SMALL).fit(campaigns(20)[0])


def test_those_whom_a_trailer_moves_are_found_and_not_those_who_come_anyway(model: Uplift) -> None:
    fresh, uplift = campaigns(4, seed=1)
    expected = model.predict(fresh.table)
    assert np.corrcoef(expected.uplift, uplift)[0, 1] > 0.85
    assert qini(expected.uplift, uplift) > 2 * qini(expected.affinity, uplift) > 0
    assert expected.uplift.mean() == pytest.approx(uplift.mean(), rel=0.3)


def test_what_the_model_is_worth_is_measured_on_campaigns_that_its_bags_did_not_see(model: Uplift) -> None:
    fresh, uplift = campaigns(40, seed=2)
    worth = qini(model.predict(fresh.table).uplift, uplift)
    assert model.measured.low < worth < model.measured.high
    assert model.measured.low > 0 and model.measured.uplift > model.measured.affinity


def test_a_trailer_that_does_nothing_is_not_taken_for_one_that_works() -> None:
    idle = replace(_SMALL).fit(campaigns(20, works=0.0)[0])
    assert idle.measured.low <= 0
    assert abs(idle.predict(campaigns(1, works=0.0, seed=1)[0].table).uplift.mean()) < 0.01


def test_the_interval_of_a_group_holds_its_uplift_and_is_surer_with_more_campaigns(model: Uplift) -> None:
    fresh, uplift = campaigns(4, seed=3)
    doubting = (fresh.table["doubts"] > 0.7).to_numpy()
    mean, low, high = model.predict(fresh.table).within(doubting)
    assert low < mean < high and low < uplift[doubting].mean() < high
    few = replace(_SMALL).fit(campaigns(5, seed=4)[0])
    unsure, sure = (made.predict(fresh.table).draws[doubting].mean(axis=0).std() for made in (few, model))
    assert unsure > sure


def test_what_is_loaded_expects_what_was_saved_and_columns_may_come_and_go(model: Uplift, tmp_path: Path) -> None:
    model.save(tmp_path / "uplift")
    again, asked = Uplift.load(tmp_path / "uplift"), campaigns(1, seed=5)[0].table
    for other in (asked, asked.assign(unknown=1.0)[["unknown", "noise", "doubts", "likes"]]):
        np.testing.assert_array_equal(again.predict(other).draws, model.predict(asked).draws)
    assert again.measured == model.measured and again.surprise == model.surprise
    assert np.isfinite(again.predict(asked.drop(columns="noise")).uplift).all()


def test_the_same_seed_learns_the_same_and_frames_are_left_as_they_are() -> None:
    exposures, _ = campaigns(4)
    before = exposures.table.copy()
    first, second = (replace(_SMALL, bags=2).fit(exposures).predict(exposures.table) for _ in range(2))
    np.testing.assert_array_equal(first.uplift, second.uplift)
    pd.testing.assert_frame_equal(exposures.table, before)


def test_too_little_to_learn_from_is_named() -> None:
    with pytest.raises(EmptyTraining, match=r"2 campaigns are over.* 3 campaigns, and 30 viewers of each kind"):
        Uplift().fit(campaigns(2)[0])
    with pytest.raises(EmptyTraining, match="30 viewers of each kind, are needed"):
        Uplift().fit(campaigns(3, viewers=20)[0])


def test_parts_are_joined_as_campaigns_of_their_own() -> None:
    one, two = campaigns(2, viewers=3)[0], campaigns(1, viewers=2)[0]
    joined = Exposures.joined([one, replace(two, table=two.table.drop(columns="noise"))])
    assert joined.campaign.tolist() == [0, 0, 0, 1, 1, 1, 2, 2] and joined.campaigns == 3
    assert joined.table["noise"].isna().tolist() == [False] * 6 + [True] * 2


FILMS = pd.DataFrame(
    {
        "film_id": ["a", "b", "c"],
        "genres": [("Horror",), ("Horror", "Drama"), ("Drama",)],
        "people": [("Ann",), ("Bob",), ()],
        "opens": pd.to_datetime(["2019-12-01", "2020-02-01", None]),
    }
)
DAY = 24 * 60 * 60 * 1000
FIRST = int(pd.Timestamp("2020-02-11").timestamp() * 1000)


def audience(at: int = FIRST + 2 * DAY, films: pd.DataFrame = FILMS) -> AudienceFeatures:
    """Ann's fan took a and b up; the other took c up two days later, and a later still."""
    rows = [("fan", "a", FIRST, 3.0), ("fan", "b", FIRST, 1.0), ("other", "c", FIRST + 2 * DAY, 2.0)]
    rows += [("other", "a", FIRST + 9 * DAY, 3.0)]
    frame = pd.DataFrame(rows, columns=["viewer_id", "film_id", "occurred_at", "strength"])
    return AudienceFeatures.of(frame, films, ["fan", "other", "new"], at)


def test_features_by_eye() -> None:
    table = audience().facing(("Horror",), ("Ann", "Cleo"), 1e6)
    # Of 6 halves of strength, 4 are Horror: the fan has (4 + 10 · 2/3) / 14 of it, the other (0 + 10 · 2/3) / 12.
    assert table["taste"].to_numpy() == pytest.approx(np.log([16 / 14, 10 / 12, 1.0]))
    assert table["people"].to_numpy() == pytest.approx(np.log1p([3, 0, 0]))
    assert table["films"].tolist() == [2, 1, 0] and table["lately"].tolist() == [2, 1, 0]
    assert table["early"].iloc[0] == 0.5 and table["early"].iloc[1:].isna().all()
    assert table["last"].iloc[:2].tolist() == [2, 0] and np.isnan(table["last"].iloc[2])
    assert audience().favourite().tolist() == ["Horror", "Drama", NOTHING_YET]


def test_what_happens_later_moves_no_feature() -> None:
    now = audience().facing(("Horror", "Drama"), (), None)
    assert now["taste"].nunique() == 3
    later = audience(FIRST + 10 * DAY).facing(("Horror", "Drama"), (), None)
    assert (now["taste"] != later["taste"]).any()
    assert now.loc[1, "films"] == 1 and later.loc[1, "films"] == 2


def test_a_film_of_unknown_genres_has_no_taste_and_stops_nothing() -> None:
    table = audience().facing(("Western",), (), None)
    assert table[["taste", "liking", "budget"]].isna().all(axis=None)
    nothing = pd.DataFrame(columns=["viewer_id", "film_id", "occurred_at", "strength"])
    empty = AudienceFeatures.of(nothing, FILMS, ["new"], FIRST)
    assert empty.facing(("Horror",), (), None)["films"].tolist() == [0] and empty.favourite().tolist() == [NOTHING_YET]


def test_what_one_client_makes_up_crowds_out_no_genre_that_is_taken_up() -> None:
    made_up = tuple(f"Aaa {number}" for number in range(5_000))
    mute = FILMS.iloc[:1].assign(film_id="made up", genres=[made_up])
    known = audience(films=pd.concat([FILMS, mute], ignore_index=True))
    assert known.lift.shape == (3, 200) and {"Horror", "Drama"} < set(known.genres)
    assert known.favourite().tolist() == audience().favourite().tolist()
