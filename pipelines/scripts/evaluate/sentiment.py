"""Accuracy of the sentiment model: ten folds of a file of labelled sentences, and once a held-out file."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import binomtest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB

from models.judging.sentiment import Sentiment
from pipelines.platform.context import Context
from pipelines.platform.errors import BadSplit, Unmeasured
from pipelines.platform.model_registry import Version
from pipelines.platform.state import State
from pipelines.promotion import gate, promote
from pipelines.promotion.gate import GateDecision
from pipelines.scripts.judging.train import SENTIMENT

Labels = npt.NDArray[np.int64]
REVIEWS = Path("rt-polarity") / "train.tsv"  # in a folder of content
_COLUMNS = ("label", "text")
_BAYES = "naive Bayes"


@dataclass(frozen=True)
class SentimentRow:
    """A model's accuracy on sentences, with its 95 % interval (Clopper, Pearson 1934)."""

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
) -> tuple[list[SentimentRow], Sentiment, pd.DataFrame]:
    """Cross-validate on `sentences` (label, text) beside naive Bayes; then fit on all and test on what is held out.

    Returns:
        The rows, the model, and a row a sentence: 1 where each model's fold without it heard it rightly, else 0.
    """
    texts, labels = sentences["text"].tolist(), sentences["label"].to_numpy(np.int64)
    fold = np.random.default_rng(seed).permutation(len(texts)) % folds
    heard = {name: np.zeros(len(texts), dtype=np.int64) for name in (_BAYES, Sentiment.name)}
    for number in range(folds):
        began(f"fold {number + 1} of {folds}")
        inside, outside = ([texts[row] for row in np.flatnonzero(kept)] for kept in (fold != number, fold == number))
        heard[_BAYES][fold == number] = _naive_bayes(inside, labels[fold != number], outside)
        model = Sentiment(seed=seed).fit(inside, labels[fold != number])
        heard[Sentiment.name][fold == number] = model.log_odds(outside) > 0
    rows = [_accuracy_row(name, f"{folds} folds", each, labels) for name, each in heard.items()]
    began("all sentences")
    whole = Sentiment(seed=seed).fit(texts, labels)
    if held_out is not None:
        apart = whole.log_odds(held_out["text"].tolist()) > 0
        rows.append(
            _accuracy_row(Sentiment.name, "held out", apart.astype(np.int64), held_out["label"].to_numpy(np.int64))
        )
    return rows, whole, pd.DataFrame({name: (each == labels).astype(float) for name, each in heard.items()})


def keep(
    state: State, model: Sentiment, rows: list[SentimentRow], tried: pd.DataFrame, held_out: pd.DataFrame | None
) -> tuple[Version, GateDecision]:
    """Register a sentiment model with its accuracy in the state's registry; it serves if the gate lets it pass.

    Where none serves, it is measured beside naive Bayes on the folds (`tried`); else on what was held out.

    Raises:
        Unmeasured: one serves, and nothing was held out.
    """
    context = Context(state)
    registry = context.registry
    standing = registry.loaded(SENTIMENT, Sentiment.load)
    if standing is None:
        pair, against = (tried[model.name], tried[_BAYES]), _BAYES
    elif held_out is None:
        raise Unmeasured(
            f"{standing[0].name} serves: give --holdout FILE, reviews that neither has learned, to compare"
        )
    else:
        pair, against = (
            (_is_classified_rightly(model, held_out), _is_classified_rightly(standing[1], held_out)),
            "what serves",
        )
    comparison = gate.compare(*pair, against, "share heard rightly", better="higher")
    number = 1 + max((int(version.tags["cycle"]) for version in registry.versions(SENTIMENT)), default=0)
    figures: dict[str, Any] = {
        f"accuracy_{row.on.replace(' ', '_')}": row.accuracy for row in rows if row.model == model.name
    }
    version = registry.register(SENTIMENT, model.name, number, model.save, {"comparison": comparison}, **figures)
    return version, promote.settle(context, version)


def _is_classified_rightly(model: Sentiment, sentences: pd.DataFrame) -> pd.Series:
    """1 for each labelled sentence that the model classifies rightly, else 0."""
    heard = model.log_odds(sentences["text"].tolist()) > 0
    return pd.Series((heard.astype(np.int64) == sentences["label"].to_numpy()).astype(float))


def read_sentences(path: Path) -> pd.DataFrame:
    """Read a tab-separated file of label (1 favourable, 0 not) and text; raises BadSplit where it is another."""
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
    """Fit naive Bayes to labelled texts, and classify those that are asked: 1 favourable, 0 not."""
    counter = CountVectorizer(token_pattern=r"(?u)\S+", binary=True)
    model = MultinomialNB().fit(counter.fit_transform(texts), labels)
    return np.asarray(model.predict(counter.transform(asked)), dtype=np.int64)


def _accuracy_row(model: str, on: str, heard: Labels, labels: Labels) -> SentimentRow:
    """The share of sentences classified rightly (`heard` equals `labels`), with its interval."""
    right = int((heard == labels).sum())
    interval = binomtest(right, len(labels)).proportion_ci(0.95)
    return SentimentRow(model, on, len(labels), right / len(labels), float(interval.low), float(interval.high))
