"""Sentiment of sentences: logistic regression on n-grams of words and of letters, weighed by naive Bayes.

Each n-gram counts by the log of how much oftener favourable sentences have it (NB-SVM: Wang, Manning 2012, Baselines
and Bigrams), once for n-grams of words and once for those of letters, and the two answers are averaged. All of it is
linear, so that what is kept is one weight an n-gram.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from models import artifact
from models.errors import EmptyTraining

FloatArray = npt.NDArray[np.float64]
FEWEST = 20  # sentences of each kind
_SIGNS = re.compile(r"(\.{2,}|--|[.,!?;:()\"“”…])")
_VIEWS: dict[str, dict[str, Any]] = {
    "words": {"token_pattern": r"(?u)\S+", "ngram_range": (1, 3)},
    "letters": {"analyzer": "char_wb", "ngram_range": (2, 6)},
}


@dataclass(eq=False)
class Sentiment:
    """The log odds that a sentence is favourable."""

    name: ClassVar[str] = "sentiment"
    penalty: float = 1.0  # C of the regressions
    smoothing: float = 1.0
    fewest: int = 2  # sentences that an n-gram must be in
    seed: int = 0

    def fit(self, texts: Sequence[str], favourable: Sequence[int]) -> Self:
        """Learn from sentences and 1 (favourable) or 0 for each.

        Raises:
            EmptyTraining: there are too few of either kind.
        """
        labels = np.asarray(favourable)
        good, others = int((labels == 1).sum()), int((labels == 0).sum())
        if min(good, others) < FEWEST:
            raise EmptyTraining(f"{good} favourable sentences and {others} others: {FEWEST} of each are needed")
        self.terms: dict[str, list[str]] = {}
        self.weights: dict[str, FloatArray] = {}
        self.level = 0.0
        for view in _VIEWS:
            counter = CountVectorizer(**_VIEWS[view], min_df=self.fewest, binary=True)
            seen = counter.fit_transform(map(_apart, texts)).astype(np.float64)
            ratio = _log_ratio(seen, labels, self.smoothing)
            model = LogisticRegression(C=self.penalty, solver="liblinear", random_state=self.seed)
            model.fit(seen.multiply(ratio).tocsr(), labels)
            self.terms[view] = counter.get_feature_names_out().tolist()
            self.weights[view] = ratio * model.coef_[0] / len(_VIEWS)
            self.level += float(model.intercept_[0]) / len(_VIEWS)
        return self

    def log_odds(self, texts: Sequence[str]) -> FloatArray:
        """The log odds of each text, (texts,): above 0 where it is favourable."""
        total = np.full(len(texts), self.level)
        for view in _VIEWS:
            counter = CountVectorizer(**_VIEWS[view], vocabulary=self.terms[view], binary=True)
            total += counter.transform(map(_apart, texts)) @ self.weights[view]
        return total

    def save(self, folder: Path) -> None:
        """Write settings and vocabulary as JSON, and weights as safetensors."""
        with artifact.writing(folder, self.name) as files:
            files.write_json("settings", asdict(self))
            files.write_json("terms", self.terms)
            files.write_arrays("weights", {**self.weights, "level": np.array([self.level])})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """What was saved.

        Raises:
            BadArtifact: the folder is torn, or holds something else.
        """
        files = artifact.reading(folder, cls.name)
        model, arrays = cls(**files.read_json("settings")), files.read_arrays("weights")
        model.terms, model.level = files.read_json("terms"), float(arrays.pop("level")[0])
        model.weights = arrays
        return model


def _log_ratio(seen: sparse.csr_matrix, labels: npt.NDArray[np.int64], smoothing: float) -> FloatArray:
    """The log of how much oftener favourable sentences have each n-gram, (terms,)."""
    ours, theirs = (smoothing + np.asarray(seen[labels == kind].sum(axis=0)).ravel() for kind in (1, 0))
    return np.log((ours / ours.sum()) / (theirs / theirs.sum()))


def _apart(text: str) -> str:
    """Small letters, and signs as words of their own: scripts and reviews alike."""
    return " ".join(_SIGNS.sub(r" \1 ", text.lower()).split())
