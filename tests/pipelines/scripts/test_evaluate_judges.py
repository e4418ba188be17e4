"""`cineloop evaluate judges`: sentences and films whose truth is known, and files that are none."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from pipelines.cli.main import app
from pipelines.platform.errors import BadSplit
from pipelines.platform.model_registry import Registry
from pipelines.scripts.evaluate.appeal import evaluate_appeal, read_rated
from pipelines.scripts.evaluate.sentiment import REVIEWS, evaluate_sentiment, read_sentences
from tests.models.film_texts import films
from tests.models.test_judging import sentences


def quiet(what: str) -> None:
    """Nobody is told what begins."""


def reviews(seed: int = 0, count: int = 200) -> pd.DataFrame:
    texts, labels = sentences(count, seed)
    return pd.DataFrame({"label": labels, "text": texts})


def rated(count: int = 240) -> pd.DataFrame:
    """Films that are liked for what they are about, and tell genres by chance."""
    told, chance = films(count), np.random.default_rng(3)
    worth = told["genres"].str[0].map({"Horror": 5.0, "Romance": 6.0, "Western": 7.0})
    genres = [repr([str(chance.choice(["A", "B"]))]) for _ in range(count)]
    return told.assign(
        rating=worth + 0.5 * chance.standard_normal(count),
        votes=["500", "1.1K", "2M"] * (count // 3),
        year=2005 + np.arange(count) % 15,
        genres=genres,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Reviews and films where a folder of data has them."""
    (tmp_path / REVIEWS).parent.mkdir()
    reviews().to_csv(tmp_path / REVIEWS, sep="\t", index=False)
    rated().to_parquet(tmp_path / "films.parquet")
    return tmp_path


def test_every_sentence_is_heard_by_a_model_that_did_not_learn_it(folder: Path) -> None:
    rows, _, _ = evaluate_sentiment(read_sentences(folder / REVIEWS), reviews(seed=1, count=60), quiet)
    assert [(row.model, row.on, row.sentences) for row in rows] == [
        ("naive Bayes", "10 folds", 200), ("sentiment", "10 folds", 200), ("sentiment", "held out", 60),
    ]  # fmt: skip
    assert rows[1].accuracy > 0.97 and rows[2].accuracy > 0.97 and rows[1].low < rows[1].accuracy <= rows[1].high
    blind = reviews().assign(label=np.random.default_rng(0).integers(0, 2, 200))
    assert 0.35 < evaluate_sentiment(blind, None, quiet)[0][1].accuracy < 0.65, "nothing there to be heard"


def test_appeal_is_asked_of_the_last_years_only(folder: Path) -> None:
    known = read_rated(folder / "films.parquet")
    rows = evaluate_appeal(known, quiet)
    assert [row.on for row in rows] == ["validation"] * 3 + ["test"] * 2
    assert all(row.films == 4 * 16 for row in rows[3:]) and all(row.films == 3 * 16 for row in rows[:3])
    assert rows[3].model == "genres only" and abs(rows[3].spearman) < 0.3
    best = rows[4]
    assert best.spearman > 0.7 and best.low < best.spearman < best.high
    other = known.assign(rating=known["rating"].where(known["year"] <= 2015, 5.0))
    assert evaluate_appeal(other.assign(rating=other["rating"] + 1e-6 * np.arange(len(other))), quiet)[:3] == rows[:3]


def test_the_verb_tells_both_and_keeps_the_ear(folder: Path) -> None:
    words = ["evaluate", "judges", "--content", str(folder), "--boxoffice", str(folder)]
    state = folder / "state"
    answer = json.loads(CliRunner().invoke(app, [*words, "--keep", "--state", str(state), "--json"]).stdout)
    assert [row["model"] for row in answer["sentiment"]] == ["naive Bayes", "sentiment"] and len(answer["appeal"]) == 5
    serving = Registry(state / "mlflow").serving("sentiment")
    assert serving is not None and float(serving.tags["accuracy_10_folds"]) > 0.97
    shown = CliRunner().invoke(app, words[:4], env={"COLUMNS": "150"}).output
    assert "naive Bayes" in shown and "accuracy" in shown


def test_files_that_are_none_are_named(folder: Path) -> None:
    with pytest.raises(BadSplit, match="is missing: name a file with tab-separated columns label and text"):
        read_sentences(folder / "none.tsv")
    for text, told in (("a\tb\n1\t2\n", "has the columns a, b"), ("label\ttext\n7\tx\n", "the label '7'")):
        (folder / "bad.tsv").write_text(text)
        with pytest.raises(BadSplit, match=told):
            read_sentences(folder / "bad.tsv")
    with pytest.raises(BadSplit, match=r"is missing: name a films\.parquet"):
        read_rated(folder / "none.parquet")
    rated().drop(columns="votes").to_parquet(folder / "bad.parquet")
    with pytest.raises(BadSplit, match="lacks votes"):
        read_rated(folder / "bad.parquet")


def test_real_reviews_and_films_are_read(real_data: Path) -> None:
    reviews = read_sentences(real_data / "content" / REVIEWS)
    assert len(reviews) == 8662 and abs(reviews["label"].mean() - 0.5) < 0.01
    films = read_rated(real_data / "boxoffice" / "films.parquet")
    assert films["film_id"].is_unique and films["rating"].between(1, 10).all() and len(films) > 10_000
