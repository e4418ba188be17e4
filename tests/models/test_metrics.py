"""Metrics against answers known by construction, against the laws they obey, and against the independent scorer."""

import json
import subprocess
import sys
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.base.errors import UnpairedUnits
from models.evaluation.metrics import (
    coverage80,
    coverage_at,
    mean_interval,
    ndcg_at,
    paired_comparison,
    unseen_targets,
    wape,
)
from models.recommenders.popularity import Popularity

steady = settings(deadline=None, max_examples=25)  # a busy machine is no failure
films = st.sampled_from([f"f{number}" for number in range(12)])
lists = st.dictionaries(st.sampled_from("abcdefg"), st.lists(films, min_size=1, max_size=12, unique=True))
some_lists = lists.filter(bool)


def ranked(by_viewer: dict[str, list[str]]) -> pd.DataFrame:
    """Lists as a frame of recommendations."""
    rows = [(viewer, film, rank) for viewer, own in by_viewer.items() for rank, film in enumerate(own, start=1)]
    return pd.DataFrame(rows, columns=["viewer_id", "film_id", "rank"]).astype({"rank": int})


def test_ndcg_of_a_list_solved_by_hand() -> None:
    recommended = ranked({"a": ["x", "hit", "y", "hit too"], "b": ["x"]})
    targets = ranked({"a": ["hit", "hit too", "missed"], "b": ["y"], "c": ["x"]})
    gain = 1 / np.log2(3) + 1 / np.log2(5)
    ideal = 1 + 1 / np.log2(3) + 1 / np.log2(4)
    assert ndcg_at(recommended, targets).to_dict() == pytest.approx({"a": gain / ideal, "b": 0.0, "c": 0.0})
    assert ndcg_at(recommended, targets, k=1).to_dict() == {"a": 0.0, "b": 0.0, "c": 0.0}


def test_targets_are_new_films_of_viewers_with_a_past() -> None:
    history, future = ranked({"a": ["old"]}), ranked({"a": ["old", "new"], "stranger": ["new"]})
    assert unseen_targets(history, future).to_numpy().tolist() == [["a", "new"]]


def test_coverage_counts_films_of_the_catalogue_only() -> None:
    recommended = ranked({"a": ["x", "y"], "b": ["x", "unknown"]})
    assert coverage_at(recommended, ["x", "y", "z", "w"]) == 0.5
    assert coverage_at(recommended, ["x", "y", "z", "w"], k=1) == 0.25


@steady
@given(lists, some_lists, st.integers(1, 15))
def test_ndcg_is_a_share_of_each_viewer_with_targets_above_0_where_one_is_listed(
    recommended: dict[str, list[str]], targets: dict[str, list[str]], k: int
) -> None:
    ndcg = ndcg_at(ranked(recommended), ranked(targets), k)
    assert list(ndcg.index) == sorted(targets) and ndcg.between(0, 1 + 1e-12).all()
    assert (ndcg > 0).tolist() == [bool({*recommended.get(name, ())[:k]} & {*targets[name]}) for name in ndcg.index]


@steady
@given(some_lists, st.integers(1, 15))
def test_the_perfect_ranking_scores_one(targets: dict[str, list[str]], k: int) -> None:
    np.testing.assert_allclose(ndcg_at(ranked(targets), ranked(targets), k), 1.0)


@steady
@given(lists, some_lists, st.randoms(use_true_random=False))
def test_the_order_of_viewers_and_rows_changes_nothing(
    recommended: dict[str, list[str]], targets: dict[str, list[str]], random: Random
) -> None:
    frames = [ranked(recommended), ranked(targets)]
    shuffled = [frame.sample(frac=1.0, random_state=random.randrange(1000)) for frame in frames]
    pd.testing.assert_series_equal(ndcg_at(*shuffled), ndcg_at(*frames))
    assert coverage_at(shuffled[0], ["f1", "f2"]) == coverage_at(frames[0], ["f1", "f2"])


@steady
@given(some_lists, some_lists)
def test_a_hit_moved_up_never_lowers_ndcg(recommended: dict[str, list[str]], targets: dict[str, list[str]]) -> None:
    hits_first = {
        viewer: sorted(own, key=lambda film: film not in targets.get(viewer, ())) for viewer, own in recommended.items()
    }
    before, after = (ndcg_at(ranked(some), ranked(targets)) for some in (recommended, hits_first))
    assert (after >= before - 1e-12).all()


def test_wape_and_coverage_solved_by_hand() -> None:
    actual = np.array([10.0, 0.0, 30.0])
    assert wape(actual, np.array([12.0, 2.0, 24.0])) == pytest.approx(10 / 40)
    assert coverage80(actual, np.array([10.0, 1.0, 0.0]), np.array([11.0, 2.0, 30.0])) == pytest.approx(2 / 3)


positive = st.floats(0.01, 1e9)


@steady
@given(st.lists(st.tuples(positive, positive), min_size=1), st.floats(0.001, 1000))
def test_wape_is_a_share_without_a_unit(days: list[tuple[float, float]], unit: float) -> None:
    actual, predicted = np.array(days).T
    assert wape(actual, actual) == 0
    assert wape(actual, 0 * actual) == pytest.approx(1)
    assert wape(actual * unit, predicted * unit) == pytest.approx(wape(actual, predicted))


def test_a_clear_gain_is_better_and_its_mirror_is_not() -> None:
    rng = np.random.default_rng(0)
    serving = pd.Series(rng.random(300))
    candidate = serving + rng.normal(0.05, 0.1, 300)
    won, lost = paired_comparison(candidate, serving), paired_comparison(serving, candidate)
    assert won.better and not lost.better
    assert won.low < won.mean < won.high and won.mean == pytest.approx(-lost.mean)
    assert (won.low, won.high) == pytest.approx((-lost.high, -lost.low), abs=2e-3)


def test_the_interval_is_that_of_students_t_where_differences_are_normal() -> None:
    differences = np.random.default_rng(2).normal(0.1, 1.0, 500)
    compared = paired_comparison(differences, np.zeros(500))
    half = 1.648 * differences.std(ddof=1) / np.sqrt(500)
    assert (compared.low, compared.high) == pytest.approx(
        (differences.mean() - half, differences.mean() + half), abs=0.01
    )


def test_lower_errors_are_better() -> None:
    errors = pd.Series(np.linspace(1, 2, 50))
    assert paired_comparison(errors - 0.1, errors, higher_is_better=False).better


def test_a_model_is_no_better_than_itself_and_one_unit_shows_nothing() -> None:
    many, one = pd.Series(np.linspace(0, 1, 30)), pd.Series([0.5])
    assert not paired_comparison(many, many).better and paired_comparison(many, many).low == 0
    assert not paired_comparison(one + 0.1, one).better


def test_units_are_matched_by_name_and_refused_where_they_differ() -> None:
    candidate = pd.Series({"a": 1.0, "b": 2.0, "c": 4.0})
    assert paired_comparison(candidate, candidate[::-1]).mean == 0.0
    with pytest.raises(UnpairedUnits, match="candidate has 3 values and the serving model 2; 1 units"):
        paired_comparison(candidate, candidate.head(2))
    with pytest.raises(UnpairedUnits, match="has 0 values"):
        paired_comparison(candidate.head(0), candidate.head(0))


@steady
@given(st.lists(st.floats(-1, 1), min_size=2, max_size=30), st.randoms(use_true_random=False))
def test_a_comparison_can_be_repeated_to_the_digit(differences: list[float], random: Random) -> None:
    candidate = pd.Series(differences)
    serving = pd.Series(np.zeros(len(candidate)))
    first = paired_comparison(candidate, serving, draws=50)
    again = paired_comparison(candidate.sample(frac=1.0, random_state=random.randrange(99)), serving, draws=50)
    assert first == again
    assert min(differences) - 1e-9 <= first.low <= first.high <= max(differences) + 1e-9


def test_the_independent_scorer_agrees_to_the_fourth_digit(real_data: Path, tmp_path: Path) -> None:
    script = real_data.parent / "eval" / "rec_eval.py"
    if not script.is_file():
        pytest.skip(f"no independent scorer at {script}; it stands in the folder eval beside the real data")
    _first_lines(real_data / "ml-1m" / "ratings.dat", tmp_path / "ratings.dat", 40_000)
    _run(script, "split", "--ratings", tmp_path / "ratings.dat", "--protocol", "global", "--out", tmp_path)
    train, valid, test = (_events(tmp_path / f"{part}.csv") for part in ("train", "valid", "test"))
    known = pd.concat([train, valid], ignore_index=True)
    targets = unseen_targets(known, test[test["viewer_id"].isin(train["viewer_id"])])
    listed = Popularity().fit(known).recommend(sorted(targets["viewer_id"].unique()), known, 10)
    careless = pd.concat([known.head(500).assign(rank=0), listed])
    _predictions(careless, tmp_path / "predictions.csv")
    expected = json.loads(_run(script, "score", "--split", tmp_path, "--pred", tmp_path / "predictions.csv"))
    assert expected["warnings"]["seen_items_removed"] > 0
    clean = listed[listed["viewer_id"].isin(targets["viewer_id"])]
    ours = {
        "users": targets["viewer_id"].nunique(),
        "NDCG@10": ndcg_at(clean, targets).mean(),
        "coverage@10": coverage_at(clean, known["film_id"].unique()),
    }
    assert ours == pytest.approx({name: expected[name] for name in ours}, abs=5e-5)
    assert ours["NDCG@10"] > 0.01


def _first_lines(source: Path, target: Path, lines: int) -> None:
    with source.open(encoding="latin-1") as stream:
        target.write_text("".join(next(stream) for _ in range(lines)), encoding="latin-1")


def _run(script: Path, *arguments: object) -> str:
    command = [sys.executable, str(script), *map(str, arguments)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def _events(path: Path) -> pd.DataFrame:
    events = pd.read_csv(path, dtype={"user_id": str, "item_id": str})
    renamed = events.rename(columns={"user_id": "viewer_id", "item_id": "film_id", "ts": "occurred_at"})
    return renamed.assign(occurred_at=renamed["occurred_at"] * 1000, strength=1.0)


def _predictions(listed: pd.DataFrame, path: Path) -> None:
    foreign = listed[["viewer_id", "film_id", "rank"]].rename(columns={"viewer_id": "user_id", "film_id": "item_id"})
    foreign.to_csv(path, index=False)


def test_the_interval_of_a_mean_holds_it_and_of_one_unit_nothing_is_known() -> None:
    values = pd.Series(np.random.default_rng(0).normal(3, 1, 400))
    low, high = mean_interval(values, level=0.95)
    assert low < values.mean() < high and high - low == pytest.approx(2 * 1.96 / 20, rel=0.2)
    assert mean_interval(values.head(1)) == (-np.inf, np.inf)
