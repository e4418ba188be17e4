"""The sequence encoder: it learns order, places new films by content, and a killed training goes on."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from models.evaluation.metrics import ndcg_at, unseen_targets
from models.recommenders.histories import Histories
from models.recommenders.neighbourhood import neighbour_vectors
from models.recommenders.popularity import Popularity
from models.recommenders.sequence import SequenceEncoder
from models.recommenders.windows import last_window, training_batches
from models.training.journal import Journal
from tests.models.audiences import DAY_MS, history, two_genres, two_groups

_FILMS = 40


class _Killed(Exception):
    """What ends a training in the test."""


def _chains(viewers: int = 120, watched: int = 9) -> pd.DataFrame:
    """After film n comes n + 1 (of 40, in a circle), nine times of ten; else anything."""
    random = np.random.default_rng(0)
    rows = []
    for viewer in range(viewers):
        film, seen = int(random.integers(_FILMS)), set()
        for step in range(watched):
            seen.add(film)
            rows.append((f"v{viewer:03d}", f"f{film:02d}", step * DAY_MS, 1.0))
            film = (film + 1) % _FILMS if random.random() < 0.9 else int(random.integers(_FILMS))
            while film in seen:
                film = (film + 1) % _FILMS
    return pd.DataFrame(rows, columns=["viewer_id", "film_id", "occurred_at", "strength"])


def _numbered(viewer: np.ndarray, film: np.ndarray, first: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """Each interaction with its place in its viewer's history, from 0."""
    for row, (whose, what) in enumerate(zip(viewer, film, strict=True)):
        yield whose, what, row - first[whose]


def test_it_learns_the_order_in_which_films_follow() -> None:
    chains = _chains()
    last = chains.groupby("viewer_id").cumcount(ascending=False) == 0
    known, targets = chains[~last], unseen_targets(chains[~last], chains[last])
    viewers = sorted(targets["viewer_id"].unique())

    def quality(model: SequenceEncoder | Popularity) -> float:
        return float(ndcg_at(model.fit(known).recommend(viewers, known, 10), targets).mean())

    assert quality(SequenceEncoder()) > 2 * quality(Popularity()) + 0.1


def test_a_film_that_nobody_has_watched_is_placed_by_its_content() -> None:
    new = pd.DataFrame({"film_id": ["new-comedy", "new-western"], "genres": [["comedy"], ["western"]]})
    model = SequenceEncoder().fit(two_groups(), pd.concat([two_genres(), new], ignore_index=True))
    listed = model.recommend(["viewer-00", "viewer-01"], two_groups(), 1, films=list(new["film_id"]))
    assert listed["film_id"].tolist() == ["new-comedy", "new-western"]


def test_a_killed_training_goes_on_from_its_epoch(tmp_path: Path) -> None:
    whole, told = SequenceEncoder(epochs=6, least_steps=12), []
    whole.fit(two_groups())

    def dying(what: str, done: int, total: int, loss: float) -> None:
        told.append(done)
        if done == 4:
            raise _Killed

    killed = SequenceEncoder(epochs=6, least_steps=12)
    killed.journal = Journal(tmp_path, dying)
    with pytest.raises(_Killed):
        killed.fit(two_groups())
    again, seen = SequenceEncoder(epochs=6, least_steps=12), []
    again.journal = Journal(tmp_path, lambda what, done, total, loss: seen.append((done, total)))
    again.fit(two_groups())
    assert told == [1, 2, 3, 4]
    assert [done for done, _ in seen] == list(range(5, seen[0][1] + 1))
    expected = whole.recommend(["viewer-00"], two_groups(), 5)
    assert_frame_equal(again.recommend(["viewer-00"], two_groups(), 5), expected, check_exact=True)


def test_an_ended_training_is_not_repeated_and_another_one_is(tmp_path: Path) -> None:
    seen: list[int] = []
    for seed in (0, 0, 1):
        model = SequenceEncoder(epochs=1, least_steps=1, seed=seed)
        model.journal = Journal(tmp_path, lambda what, done, total, loss: seen.append(done))
        model.fit(two_groups())
    assert seen == [1, 1]


def test_a_state_that_is_torn_gives_way_to_none(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.keep("recipe", 1, {"a": np.ones(2)})
    journal.keep("recipe", 2, {"a": np.zeros(2)})
    epochs, state = journal.kept("recipe") or (0, {})
    assert epochs == 2 and state["a"].tolist() == [0.0, 0.0]
    (tmp_path / "recipe" / "000002" / "state.safetensors").write_bytes(b"torn")
    assert journal.kept("recipe") is None
    assert Journal().kept("recipe") is None


def test_refitting_keeps_what_was_learned_and_takes_new_films_in() -> None:
    model = SequenceEncoder().fit(two_groups(), two_genres())
    fashion = pd.concat([two_groups(), history("fan", "comedy-01", "comedy-new")], ignore_index=True)
    model.refit(fashion, two_genres())
    listed = model.recommend(["viewer-00", "viewer-01"], two_groups(), 4)
    assert listed["film_id"].str.startswith("comedy").tolist() == [True] * 4 + [False] * 4
    assert "comedy-new" in set(model.recommend(["viewer-00"], two_groups(), 100)["film_id"])


def test_contributions_are_what_the_score_loses_without_the_film() -> None:
    model = SequenceEncoder().fit(two_groups(), two_genres())
    watched = history("new", "comedy-01", "western-04", "comedy-05")
    coded = Histories.of_one(watched, model.films)
    without = Histories.of_one(watched[watched["film_id"] != "comedy-05"], model.films)
    film = int(model.films.get_loc("comedy-06"))
    lost = model.affinity(coded)[0, film] - model.affinity(without)[0, film]
    assert model.contributions(coded, np.array([film]))[2, 0] == pytest.approx(lost, abs=1e-5)
    assert lost > 0


def test_every_film_but_a_viewers_first_is_predicted_once_an_epoch() -> None:
    coded, _ = Histories.for_training(pd.concat([_chains(viewers=5, watched=23), history("short", "f00")]))
    batches = list(training_batches(coded, 4, 99, 16, np.random.default_rng(3)))
    pairs = sorted(
        (int(film), int(after))
        for batch in batches
        for film, after in zip(batch.films[batch.real], batch.nexts[batch.real], strict=True)
    )
    same = coded.viewer[1:] == coded.viewer[:-1]
    assert pairs == sorted(zip(coded.film[:-1][same].tolist(), coded.film[1:][same].tolist(), strict=True))
    assert max(batch.films.shape[1] for batch in batches) == 4


def test_a_batch_counts_what_each_viewer_had_watched_by_then() -> None:
    coded, _ = Histories.for_training(_chains(viewers=5, watched=9))
    first = np.searchsorted(coded.viewer, np.arange(5))
    place = {(viewer, film): number for viewer, film, number in _numbered(coded.viewer, coded.film, first)}
    counts = [
        (film, after, before)
        for batch in training_batches(coded, 4, 99, 16, np.random.default_rng(3))
        for film, after, before in zip(
            batch.films[batch.real], batch.nexts[batch.real], batch.before[batch.real], strict=True
        )
    ]
    wanted = [
        (film, after, place[viewer, film])
        for viewer, film, after in zip(coded.viewer[:-1], coded.film[:-1], coded.film[1:], strict=True)
        if (viewer, after) in place and place[viewer, after] == place[viewer, film] + 1
    ]
    assert sorted(counts) == sorted(wanted)


def test_who_has_just_come_is_told_from_who_has_been_here_for_long() -> None:
    """After film a, newcomers go on with b and the others with c."""
    early = [history(f"e{number:02d}", "a", "b", *(f"f{k}" for k in range(8))) for number in range(40)]
    late = [history(f"l{number:02d}", *(f"g{k}" for k in range(12)), "a", "c") for number in range(40)]
    model = SequenceEncoder(length=1, windows=99, least_steps=300).fit(pd.concat([*early, *late]))
    new = model.recommend(["new"], history("new", "a"), 1)["film_id"].item()
    long = history("long", *(f"g{k}" for k in range(12)), "a")
    assert (new, model.recommend(["long"], long, 1)["film_id"].item()) == ("b", "c")


def test_a_network_that_was_kept_is_built_anew_when_more_is_learned() -> None:
    model = SequenceEncoder(epochs=1, least_steps=1).fit(two_groups())
    watched = Histories.of(two_groups(), pd.Index(["viewer-00"]), model.films)
    before = model.affinity(watched)
    np.testing.assert_array_equal(model.affinity(watched), before)
    model.refit(two_groups())
    assert not np.array_equal(model.affinity(watched), before)


def test_a_viewer_gives_at_most_so_many_windows_an_epoch() -> None:
    coded, _ = Histories.for_training(_chains(viewers=5, watched=23))
    batches = training_batches(coded, 4, 2, 16, np.random.default_rng(3))
    assert sum(len(batch.films) for batch in batches) == 10


def test_the_last_window_ends_with_the_newest_film() -> None:
    watched = pd.concat([history("a", "f1", "f2", "f3"), history("b", "f3")])
    coded, _ = Histories.for_training(watched)
    window = last_window(coded, 2)
    assert window.films.tolist() == [[1, 2], [2, 0]]
    assert window.filled.tolist() == [2, 1]
    assert window.before.tolist() == [1, 0]


def test_films_that_stand_together_begin_together() -> None:
    coded, films = Histories.for_training(two_groups())
    vectors = neighbour_vectors(coded, 8)
    alike = vectors @ vectors.T
    comedy = films.str.startswith("comedy")
    assert alike[np.ix_(comedy, comedy)].mean() > 0 > alike[np.ix_(comedy, ~comedy)].mean()
