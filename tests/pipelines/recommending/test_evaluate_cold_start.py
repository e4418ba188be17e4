"""Newcomers and reasons: nothing of them leaks into training, and the measures tell good from bad."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from models.evaluation.metrics import chance_ndcg_at, ndcg_at, ratio_interval
from models.recommenders.content import Content
from models.recommenders.popularity import Popularity
from models.recommenders.transitions import Transitions
from pipelines.cli.main import app
from pipelines.platform.errors import BadSplit
from pipelines.recommending.data_split import Split
from pipelines.recommending.evaluate_cold_start import EVENTS, new_films, new_viewers, withhold
from pipelines.recommending.evaluate_reasons import deletion, some_viewers
from tests.models.audiences import two_genres, two_groups

_TWO_GROUPS = two_groups(viewers=96, watched=10)


def _split() -> Split:
    place = _TWO_GROUPS.groupby("viewer_id").cumcount()
    return Split(_TWO_GROUPS[place < 7], _TWO_GROUPS[place >= 7])


def test_nothing_of_the_new_is_known() -> None:
    kept = withhold(_split(), seed=3)
    assert not kept.known["film_id"].isin(kept.films).any()
    assert not kept.later["film_id"].isin(kept.films).any()
    assert set(kept.taken_up["film_id"]) <= set(kept.films)
    assert set(kept.taken_up["viewer_id"]) <= set(kept.known["viewer_id"])
    assert not set(kept.beginnings["viewer_id"]) & set(kept.known["viewer_id"])
    assert set(kept.beginnings["film_id"]) <= set(kept.known["film_id"])
    assert kept.beginnings.groupby("viewer_id").size().eq(max(EVENTS) + 1).all()
    assert kept.beginnings.groupby("viewer_id")["occurred_at"].is_monotonic_increasing.all()


def test_the_seed_draws_who_is_new() -> None:
    assert withhold(_split(), 1).films == withhold(_split(), 1).films
    assert len({tuple(withhold(_split(), seed).films) for seed in range(5)}) > 1


def test_content_finds_new_films_and_popularity_finds_them_by_chance() -> None:
    kept = withhold(_split(), seed=_seed_with_both_genres())
    by_content = new_films(Content().fit(kept.known, two_genres()), kept)
    by_popularity = new_films(Popularity().fit(kept.known, two_genres()), kept)
    assert by_content.low > 1.2
    assert by_content.low <= by_content.times <= by_content.high
    assert by_popularity.times < by_content.times
    assert by_content.chance == by_popularity.chance


def test_transitions_know_new_viewers_by_their_first_event() -> None:
    kept = withhold(_split(), seed=0)
    popularity = Popularity().fit(kept.known)
    rows = new_viewers(Transitions().fit(kept.known), popularity, kept)
    assert [row.events for row in rows] == list(EVENTS)
    assert len({row.viewers for row in rows}) == 1
    assert rows[0].ndcg == pytest.approx(rows[0].popularity)
    assert all(row.low > 0 and row.ndcg > 1.5 * row.popularity for row in rows[1:])


def test_a_split_without_newcomers_is_refused() -> None:
    split = _split()
    with pytest.raises(BadSplit, match="a larger split is wanted"):
        withhold(Split(split.train.groupby("viewer_id").head(3), split.valid), seed=0)


@pytest.mark.parametrize(("wanted", "candidates"), [(1, 30), (3, 30), (12, 14), (2, 6)])
def test_chance_is_the_mean_of_random_orders(wanted: int, candidates: int) -> None:
    films, viewers = [f"{number:02d}" for number in range(candidates)], [f"{number:03d}" for number in range(400)]
    pairs = pd.MultiIndex.from_product([viewers, films], names=["viewer_id", "film_id"]).to_frame(index=False)
    targets = pairs[pairs["film_id"].isin(films[:wanted])]
    ranks = np.random.default_rng(0).permuted(np.tile(np.arange(1, candidates + 1), (len(viewers), 1)), axis=1)
    seen = ndcg_at(pairs.assign(rank=ranks.ravel()), targets)
    (by_chance,) = set(chance_ndcg_at(targets, candidates))
    assert abs(seen.mean() - by_chance) < 4 * seen.std() / 20 + 1e-12


def test_the_interval_of_a_ratio_holds_it() -> None:
    random = np.random.default_rng(1)
    base = pd.Series(random.uniform(1, 2, 400))
    low, high = ratio_interval(3 * base + random.normal(0, 1, 400), base)
    assert low < 3 < high < low + 0.3


def test_true_reasons_weigh_more_than_other_events() -> None:
    model = Transitions().fit(_TWO_GROUPS)
    told: list[tuple[int, int]] = []
    found = deletion(model, _TWO_GROUPS, some_viewers(_TWO_GROUPS, 60, 0), 0, lambda done, of: told.append((done, of)))
    assert found.cases + found.unnamed == 60
    assert found.low > 0.9
    assert told[-1] == (60, 60)


def test_reasons_out_of_the_air_weigh_no_more_than_others() -> None:
    class Liar(Transitions):
        """Names events by their age, the oldest first, whatever the model used."""

        def explain_each(self, history: pd.DataFrame, films: Sequence[str], top: int = 3) -> list[pd.DataFrame]:
            oldest = history.sort_values("occurred_at")["film_id"].head(top)
            return [pd.DataFrame({"film_id": oldest}) for _ in films]

    found = deletion(Liar().fit(_TWO_GROUPS), _TWO_GROUPS, some_viewers(_TWO_GROUPS, 96, 0), 0, lambda *_: None)
    assert found.cases > 50
    assert found.high < 0.6


def test_the_verbs_print_what_was_measured(tmp_path: Path) -> None:
    split = _written(tmp_path)
    films = tmp_path / "movies.dat"
    genre = two_genres().set_index("film_id")["genres"].str[0]
    lines = [f"{place}::Film {place} (1990)::{kind.title()}\n" for place, kind in enumerate(genre)]
    films.write_text("".join(lines), encoding="latin-1")
    answer = _answer("newcomers", "--split", split, "--films", films, "--member", "content")
    assert answer["films"]["times"] > 0
    assert [row["events"] for row in answer["viewers"]] == list(EVENTS)
    answer = _answer("reasons", "--split", split, "--member", "transitions", "--viewers", "30")
    assert answer["cases"] + answer["unnamed"] == 30
    assert answer["share"] > 0.8


def test_an_unknown_member_is_named(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["evaluate", "reasons", "--split", str(_written(tmp_path)), "--member", "oracle"])
    assert done.exit_code == 1
    assert "no recommender oracle: als" in done.output


def _seed_with_both_genres() -> int:
    """Where all new films are of one genre, content cannot tell them apart."""
    return next(seed for seed in range(50) if len({f[0] for f in withhold(_split(), seed).films}) == 2)


def _written(folder: Path) -> Path:
    """The split as files, films by number."""
    films = list(two_genres()["film_id"])
    split = _split()
    for name, part in (("train.csv", split.train), ("valid.csv", split.valid)):
        foreign = pd.DataFrame(
            {
                "user_id": part["viewer_id"],
                "item_id": part["film_id"].map(films.index),
                "ts": part["occurred_at"] // 1000,
            }
        )
        foreign.to_csv(folder / name, index=False)
    return folder


def _answer(*arguments: Any) -> Any:
    done = CliRunner().invoke(app, ["evaluate", *map(str, arguments), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)
