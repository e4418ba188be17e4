"""A candidate is compressed where that was measured to cost little, and the next cycle trains as if it were not."""

from pathlib import Path

import pandas as pd
import pytest

from models.recommenders import load_recommender
from models.recommenders.popularity import Popularity
from models.recommenders.protocol import Recommender
from models.recommenders.sequence import SequenceEncoder
from pipelines.recommending import compression
from pipelines.recommending.compression import Compression
from pipelines.recommending.train import RecommenderCandidate, finished, hold_out, measure
from tests.models.audiences import DAY_MS, two_genres, two_groups

NOW, CUT = 9 * DAY_MS, 6 * DAY_MS
FILMS = sorted(two_genres()["film_id"])


def _interactions(until: int) -> pd.DataFrame:
    everything = two_groups()
    return everything[everything["occurred_at"] < until]


def _finished(
    chosen: Recommender, served: Recommender | None = None, valued: list[Recommender] | None = None
) -> RecommenderCandidate:
    def value(recipe: Recommender, cut: int) -> None:
        if valued is not None:
            valued.append(recipe)

    known, everything = _interactions(CUT), _interactions(NOW)

    def whole() -> Recommender:
        return chosen.refit(everything, two_genres())

    return finished(chosen, {chosen.name: 0.5}, known, everything, CUT, FILMS, served, two_genres(), value, whole)


def _chosen() -> SequenceEncoder:
    return SequenceEncoder(epochs=2, least_steps=20).fit(_interactions(4 * DAY_MS), two_genres())


def test_a_form_that_loses_little_is_what_is_measured_and_registered() -> None:
    chosen, valued = _chosen(), []
    made = _finished(chosen, valued=valued)
    assert made.compression is not None and made.compression.used and made.compression.bytes_ratio < 0.5
    assert made.model.name == "sequence-int8" and [model.name for model in valued] == ["sequence-int8"]
    assert made.test.mean == made.compression.ndcg_int8
    split = hold_out(_interactions(CUT), _interactions(NOW))
    assert made.test.mean == measure(valued[0], split, FILMS).mean


def test_a_form_that_loses_more_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "MOST_LOST", -2.0)
    valued: list[Recommender] = []
    made = _finished(_chosen(), valued=valued)
    assert made.compression is not None and not made.compression.used
    assert made.model.name == "sequence" and [model.name for model in valued] == ["sequence"]
    assert made.test.mean == made.compression.ndcg_float32


def test_where_nothing_can_be_compressed_nothing_is_said_of_it() -> None:
    made = _finished(Popularity().fit(_interactions(4 * DAY_MS)))
    assert made.compression is None and isinstance(made.model, Popularity)


def test_the_next_cycle_trains_while_a_compressed_model_serves(tmp_path: Path) -> None:
    chosen = _chosen()
    chosen.save(tmp_path / "chosen")
    _finished(chosen).model.save(tmp_path / "serves")
    again = _finished(load_recommender(tmp_path / "chosen"), load_recommender(tmp_path / "serves"))
    assert again.serving is not None and again.serving.mean > 0
    assert again.model.name == "sequence-int8"


@pytest.mark.parametrize(
    ("float32", "int8", "loss", "used"),
    [(0.2, 0.199, 0.005, True), (0.2, 0.197, 0.015, False), (0.2, 0.21, -0.05, True), (0.0, 0.0, 0.0, True)],
)
def test_one_part_of_a_hundred_may_be_lost(float32: float, int8: float, loss: float, used: bool) -> None:
    judged = Compression.of(float32, int8, 0.28)
    assert judged.loss == pytest.approx(loss) and judged.used is used
