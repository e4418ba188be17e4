"""A listwise ranker: boosted trees (`xgboost`) that re-rank the best films of a sum of scores."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import xgboost

from models.base.artifact import Artifact
from models.evaluation.metrics import paired_comparison
from models.recommenders.candidates import first_ten, gain
from models.recommenders.histories import FloatArray

_SCALES = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
_FEW = 400  # lists with a wanted film: from fewer, trees learn little but their noise
_FOLDS = 5
_ROUNDS = 80
_SETTINGS = {
    "tree_method": "hist",
    "max_bin": 64,
    "max_depth": 4,
    "eta": 0.05,
    "min_child_weight": 5,
    "colsample_bytree": 0.7,
    "base_score": 0.0,
    "seed": 0,
    "nthread": 1,  # sums that are split among threads differ in their last digits
}


@dataclass(frozen=True)
class Lists:
    """Candidates of some viewers, best first by the margin, with what is known of them."""

    features: np.ndarray  # float32 (lists, candidates, features)
    margin: FloatArray  # (lists, candidates): the score so far; −∞ where there is no candidate
    wanted: np.ndarray  # (lists, candidates)
    ideal: FloatArray  # (lists,): the greatest gain that each list can have

    @classmethod
    def joined(cls, parts: Sequence["Lists"]) -> "Lists":
        """The lists of all parts, one part at least."""
        names = [field.name for field in fields(cls)]
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    @property
    def with_hits(self) -> "Lists":
        """The lists that hold a wanted film."""
        return self.some(np.flatnonzero(self.wanted.any(axis=1)))

    def some(self, chosen: np.ndarray) -> "Lists":
        """The lists that `chosen` marks or names by position."""
        return Lists(self.features[chosen], self.margin[chosen], self.wanted[chosen], self.ideal[chosen])

    def ndcg(self, scores: FloatArray) -> FloatArray:
        """NDCG@10 of each list, ordered by `scores` (lists, candidates)."""
        return gain(first_ten(scores), self.wanted) / self.ideal


@dataclass(frozen=True)
class Ranker:
    """Trees that add to `scale` times the margin; trained by the cross-entropy of the list (Cao et al. 2007)."""

    booster: xgboost.Booster
    scale: float

    @classmethod
    def learned(cls, lists: Lists) -> Self | None:
        """Train a ranker; None where lists are few, or cross-validation finds it no better than the margin."""
        hits = lists.with_hits
        if len(hits.margin) < _FEW:
            return None
        scale = max(_SCALES, key=lambda scale: _likelihood(scale, hits))
        folds = np.random.default_rng(0).integers(_FOLDS, size=len(lists.margin))
        crossed = np.empty_like(lists.margin)
        for fold in range(_FOLDS):
            model = cls._train_booster(lists.some(folds != fold), scale)
            crossed[folds == fold] = model.scored(lists.features[folds == fold], lists.margin[folds == fold])
        if not paired_comparison(lists.ndcg(crossed), lists.ndcg(lists.margin)).better:
            return None
        return cls._train_booster(hits, scale)

    def scored(self, features: np.ndarray, margin: FloatArray) -> FloatArray:
        """Re-rank: new scores in units of the margin, none lower than it was; shapes as in `Lists`."""
        if not margin.size:
            return margin
        lift = self.booster.inplace_predict(features.reshape(-1, features.shape[2]), predict_type="margin")
        lift = lift.reshape(margin.shape).astype(np.float64) / self.scale
        return np.asarray(margin + lift - lift.min(axis=1, keepdims=True), dtype=np.float64)

    def write(self, files: Artifact) -> None:
        """Write the trees as xgboost's UBJ and the scale as JSON."""
        files.write_json("ranker", {"scale": self.scale})
        self.booster.save_model(files.folder / "ranker.ubj")

    @classmethod
    def read(cls, files: Artifact) -> Self | None:
        """Read what `write` wrote; None where there is none."""
        path = files.folder / "ranker.ubj"
        if not path.exists():
            return None
        return cls(xgboost.Booster({"nthread": 1}, model_file=path), files.read_json("ranker")["scale"])

    @classmethod
    def _train_booster(cls, lists: Lists, scale: float) -> Self:
        """Train trees on the lists that hold a wanted film, from `scale` times their margin on."""
        hits = lists.with_hits
        margin = np.where(np.isfinite(hits.margin), scale * hits.margin, 0.0)
        rows = xgboost.DMatrix(hits.features.reshape(-1, hits.features.shape[2]), base_margin=margin.ravel())
        return cls(xgboost.train(_SETTINGS, rows, _ROUNDS, obj=_Listwise(hits)), scale)


@dataclass(frozen=True)
class _Listwise:
    """Gradient and curvature of the cross-entropy between a list's softmax and its wanted films."""

    lists: Lists

    def __call__(self, predicted: np.ndarray, _: xgboost.DMatrix) -> tuple[np.ndarray, np.ndarray]:
        """Gradient and curvature for xgboost at its predictions."""
        shape = self.lists.margin.shape
        real = np.isfinite(self.lists.margin)
        odds = _softmax(np.where(real, predicted.reshape(shape), -np.inf))
        share = self.lists.wanted / self.lists.wanted.sum(axis=1, keepdims=True)
        return (odds - share).ravel(), np.maximum(odds * (1 - odds), 1e-6).ravel()


def _likelihood(scale: float, lists: Lists) -> float:
    """The mean logarithm of the probability that a list's softmax gives to its wanted films."""
    odds = _softmax(scale * lists.margin)
    return float(np.log((odds * lists.wanted).sum(axis=1) + 1e-12).mean())


def _softmax(scores: FloatArray) -> FloatArray:
    """Each row as probabilities."""
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))
