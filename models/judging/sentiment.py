"""Sentiment of sentences: three linear models of words and letters, weighted by their out-of-fold predictions.

Each n-gram counts by the log of how much oftener favourable sentences have it. `runs` of up to three words are taken
as such (naive Bayes); for `pairs` of words that are near each other, and for runs of `letters`, a logistic regression
goes on from there (NB-SVM: Wang, Manning 2012, Baselines and Bigrams). What follows a negation is another word (Das,
Chen 2001). All of it is linear, so that what is kept is one weight an n-gram.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from models.base.artifact import Artifact
from models.base.errors import EmptyTraining
from models.base.saved import Saved

FloatArray = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
FEWEST = 20  # sentences of each kind
_SIGNS = re.compile(r"(\.{2,}|--|[.,!?;:()\"“”…])")
_TURNS = re.compile(r"not|no|never|without|hardly|neither|nor|.*n't")
_ENDS, _WORD = re.compile(r"[.,;:!?]"), re.compile(r"\w")
_REACH, _NEAR = 3, 4  # words that a negation turns; words between which there is a pair


@dataclass(eq=False)
class Sentiment(Saved):
    """The log odds that a sentence is favourable."""

    name: ClassVar[str] = "sentiment"
    penalty: float = 0.1  # C of the regressions
    smoothing: float = 1.0
    folds: int = 2  # by which the views are weighed
    seed: int = 0

    def fit(self, texts: Sequence[str], favourable: Sequence[int] | Labels) -> Self:
        """Learn from sentences and 1 (favourable) or 0 for each, in place; raises EmptyTraining where they are few."""
        labels = np.asarray(favourable)
        good, others = int((labels == 1).sum()), int((labels == 0).sum())
        if min(good, others) < FEWEST:
            raise EmptyTraining(f"{good} favourable sentences and {others} others: {FEWEST} of each are needed")
        fold = np.random.default_rng(self.seed).permutation(len(labels)) % self.folds
        self.terms: dict[str, list[str]] = {}
        self.weights: dict[str, FloatArray] = {}
        apart, levels = np.zeros((len(labels), len(_VIEWS))), np.zeros(len(_VIEWS))
        for place, view in enumerate(_VIEWS):
            counter = CountVectorizer(analyzer=_VIEWS[view], min_df=_SEEN[view], binary=True)
            seen = counter.fit_transform(texts).astype(np.float64).tocsr()
            for number in range(self.folds):
                weight, level = self._view(view, seen[fold != number], labels[fold != number])
                apart[fold == number, place] = seen[fold == number] @ weight + level
            self.terms[view] = counter.get_feature_names_out().tolist()
            self.weights[view], levels[place] = self._view(view, seen, labels)
        mixed = LogisticRegression(C=1.0).fit(apart, labels)
        for view, share in zip(_VIEWS, mixed.coef_[0], strict=True):
            self.weights[view] = share * self.weights[view]
        self.level = float(mixed.intercept_[0] + mixed.coef_[0] @ levels)
        return self

    def log_odds(self, texts: Sequence[str]) -> FloatArray:
        """The log odds of each text, (texts,): above 0 where it is favourable."""
        total = np.full(len(texts), self.level)
        for view, analyzer in _VIEWS.items():
            counter = CountVectorizer(analyzer=analyzer, vocabulary=self.terms[view], binary=True)
            total += counter.transform(texts) @ self.weights[view]
        return total

    def _write_files(self, files: Artifact) -> None:
        """Write settings, terms and their weights into the artifact's folder."""
        super()._write_files(files)
        files.write_json("terms", self.terms)
        files.write_arrays("weights", {**self.weights, "level": np.array([self.level])})

    @classmethod
    def _read_files(cls, files: Artifact) -> Self:
        """Read what `_write_files` wrote, as a new model."""
        model, arrays = super()._read_files(files), files.read_arrays("weights")
        model.terms, model.level = files.read_json("terms"), float(arrays.pop("level")[0])
        model.weights = arrays
        return model

    def _view(self, view: str, seen: sparse.csr_matrix, labels: Labels) -> tuple[FloatArray, float]:
        """Learn a weight for each term of one view, and a level, from labelled counts."""
        ratio = _log_ratio(seen, labels, self.smoothing)
        if view == "runs":
            return ratio, float(np.log(labels.mean() / (1 - labels.mean())))
        model = LogisticRegression(C=self.penalty, solver="liblinear", tol=1e-3, random_state=self.seed)
        model.fit(seen.multiply(ratio).tocsr(), labels)
        return ratio * model.coef_[0], float(model.intercept_[0])


def _log_ratio(seen: sparse.csr_matrix, labels: Labels, smoothing: float) -> FloatArray:
    """The log of how much oftener favourable sentences have each n-gram, (terms,)."""
    ours, theirs = (smoothing + np.asarray(seen[labels == kind].sum(axis=0)).ravel() for kind in (1, 0))
    return np.asarray(np.log((ours / ours.sum()) / (theirs / theirs.sum())))


def _words(text: str) -> list[str]:
    """The words of a text in small letters, signs apart, and words behind a negation marked as such."""
    words, turned = [], 0
    for word in _SIGNS.sub(r" \1 ", text.lower().replace("’", "'")).split():
        words.append(f"{word}~" if turned > 0 and _WORD.match(word) else word)
        turned = _REACH if _TURNS.fullmatch(word) else 0 if _ENDS.match(word) else turned - 1
    return words


def _word_ngrams(text: str) -> list[str]:
    """All runs of one to three words."""
    words = _words(text)
    return [" ".join(words[at : at + length]) for length in (1, 2, 3) for at in range(len(words) - length + 1)]


def _pairs(text: str) -> list[str]:
    """The words, and all pairs of words that are near each other."""
    words = _words(text)
    return words + [f"{one} {other}" for at, one in enumerate(words) for other in words[at + 1 : at + 1 + _NEAR]]


_letters: Callable[[str], list[str]] = CountVectorizer(analyzer="char_wb", ngram_range=(2, 6)).build_analyzer()
_VIEWS: dict[str, Callable[[str], list[str]]] = {"runs": _word_ngrams, "pairs": _pairs, "letters": _letters}
_SEEN = {"runs": 1, "pairs": 2, "letters": 2}  # in how many sentences a term must be
