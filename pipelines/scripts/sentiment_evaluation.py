"""How well sentiment is heard: ten folds of a file of labelled sentences, and once a file that was held out."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import binomtest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB

from models.judging.sentiment import Sentiment
from pipelines.errors import BadSplit
from pipelines.registry import Registry, Version
from pipelines.scripts.teaching import SENTIMENT
from pipelines.state import State

Labels = npt.NDArray[np.int64]
REVIEWS = Path("rt-polarity") / "train.tsv"  # in a folder of content
_COLUMNS = ("label", "text")


@dataclass(frozen=True)
class SentimentRow:
    """The share of sentences that a model heard rightly, with its 95 % interval (Clopper, Pearson 1934)."""

    model: str
    on: str
    sentences: int
    accuracy: float
    low: float
    high: float


def evaluate_sentiment(
    sentences: pd.DataFrame,
    held_out: pd.DataFrame | None,
    began: Callable[[str], None],
    folds: int = 10,
    seed: int = 0,
) -> tuple[list[SentimentRow], Sentiment]:
    """Folds of `sentences` (label, text), naive Bayes beside; then a model of them all, and what it hears held out."""
    texts, labels = sentences["text"].tolist(), sentences["label"].to_numpy(np.int64)
    fold = np.random.default_rng(seed).permutation(len(texts)) % folds
    heard = {name: np.zeros(len(texts), dtype=np.int64) for name in ("naive Bayes", Sentiment.name)}
    for number in range(folds):
        began(f"fold {number + 1} of {folds}")
        inside, outside = ([texts[row] for row in np.flatnonzero(kept)] for kept in (fold != number, fold == number))
        heard["naive Bayes"][fold == number] = _naive_bayes(inside, labels[fold != number], outside)
        model = Sentiment(seed=seed).fit(inside, labels[fold != number])
        heard[Sentiment.name][fold == number] = model.log_odds(outside) > 0
    rows = [_row(name, f"{folds} folds", each, labels) for name, each in heard.items()]
    began("all sentences")
    whole = Sentiment(seed=seed).fit(texts, labels)
    if held_out is not None:
        apart = whole.log_odds(held_out["text"].tolist()) > 0
        rows.append(_row(Sentiment.name, "held out", apart.astype(np.int64), held_out["label"].to_numpy(np.int64)))
    return rows, whole


def keep(state: State, model: Sentiment, rows: list[SentimentRow]) -> Version:
    """Register a model with its accuracy, and let it serve."""
    registry = Registry(state.mlflow)
    number = 1 + max((int(version.tags["cycle"]) for version in registry.versions(SENTIMENT)), default=0)
    figures = {f"accuracy_{row.on.replace(' ', '_')}": row.accuracy for row in rows if row.model == model.name}
    version = registry.register(SENTIMENT, model.name, number, model.save, **figures)
    registry.promote(SENTIMENT, version.number)
    return version


def read_sentences(path: Path) -> pd.DataFrame:
    """A tab-separated file with columns label (1 favourable, 0 not) and text.

    Raises:
        BadSplit: it is missing, or has other columns or labels.
    """
    if not path.is_file():
        raise BadSplit(f"{path} is missing: name a file with tab-separated columns label and text")
    table = pd.read_csv(path, sep="\t", quoting=3, dtype=str, keep_default_na=False, encoding_errors="replace")
    if not set(_COLUMNS) <= set(table.columns):
        raise BadSplit(f"{path} has the columns {', '.join(table.columns)}: it needs label and text, tab-separated")
    other = sorted(set(table["label"]) - {"0", "1"})
    if other or table.empty:
        raise BadSplit(f"{path} has {len(table)} rows and the label {(other or ['none'])[0]!r}: labels are 0 and 1")
    return table.assign(label=table["label"].astype(np.int64))[list(_COLUMNS)]


def _naive_bayes(texts: list[str], labels: Labels, asked: list[str]) -> Labels:
    counter = CountVectorizer(token_pattern=r"(?u)\S+", binary=True)
    model = MultinomialNB().fit(counter.fit_transform(texts), labels)
    return np.asarray(model.predict(counter.transform(asked)), dtype=np.int64)


def _row(model: str, on: str, heard: Labels, labels: Labels) -> SentimentRow:
    right = int((heard == labels).sum())
    interval = binomtest(right, len(labels)).proportion_ci(0.95)
    return SentimentRow(model, on, len(labels), right / len(labels), float(interval.low), float(interval.high))
