"""All members together: each retrieves what it knows best, and a fusion chosen by what viewers took up ranks it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Self

import numpy as np
import pandas as pd

from models.columns import FILM, VIEWER
from models.recommenders.als import ImplicitALS
from models.recommenders.blend import Blend, standardised
from models.recommenders.catalogue import CatalogueRecommender
from models.recommenders.content import Content
from models.recommenders.ease import Ease
from models.recommenders.histories import FloatArray, Histories, IntArray
from models.recommenders.popularity import Popularity
from models.recommenders.selection import sampled
from models.recommenders.sequence import SequenceEncoder
from models.recommenders.transitions import Transitions

_K = 10
_RETRIEVED = 50  # films of each part
_VIEWERS_AT_ONCE = 256
_WEIGHTS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0)
_ROUNDS = 4


def _everyone() -> tuple[CatalogueRecommender, ...]:
    return Popularity(), Transitions(), Ease(), ImplicitALS(), Content(), SequenceEncoder()


@dataclass(eq=False)
class Composition(Blend):
    """A blend of all members, whose weights `tune` chooses, with the settings of its parts.

    `tune` looks at the union of what each part retrieves for a viewer, and climbs, one weight at a time, towards
    the best mean NDCG@10, to which coverage@10 adds `coverage_worth` times itself: of weights that rank equally
    well, those that show more of the catalogue.
    """

    name: ClassVar[str] = "composition"
    parts: tuple[CatalogueRecommender, ...] = field(default_factory=_everyone)
    weights: tuple[float, ...] = (0.3, 0.2, 0.2, 0.2, 0.0, 1.0)
    coverage_worth: ClassVar[float] = 0.02

    def tune(self, history: pd.DataFrame, targets: pd.DataFrame) -> Self:
        """Let each part choose its settings, then choose the weights (see the protocol)."""
        for part in self.parts:
            part.tune(history, targets)
        self._joined()
        few = sampled(targets)
        viewers = pd.Index(np.sort(few[VIEWER].unique()), dtype=object)
        chunks = list(Histories.of(history, viewers, self.films).chunks(_VIEWERS_AT_ONCE))
        wanted = np.split(_wanted(few, viewers, self.films), range(_VIEWERS_AT_ONCE, len(viewers), _VIEWERS_AT_ONCE))
        tables = [self._candidates(*each) for each in zip(chunks, wanted, strict=True)]
        self.weights = _climbed(self.weights, lambda weights: _worth(tables, weights, len(self.films)))
        return self

    def _candidates(self, histories: Histories, wanted: np.ndarray) -> "Candidates":
        """What each part scores highest for some viewers, among films that they have not seen."""
        scores = [standardised(part.affinity(histories)).astype(np.float32) for part in self.parts]
        retrieved = np.zeros(histories.shape, dtype=bool)
        last = max(histories.shape[1] - _RETRIEVED, 0)
        for score in scores:
            score[histories.viewer, histories.film] = -np.inf
            retrieved |= score >= np.partition(score, last, axis=1)[:, [last]]
        retrieved[histories.viewer, histories.film] = False
        return Candidates.of(retrieved, scores, wanted)


@dataclass(frozen=True)
class Candidates:
    """The films retrieved for some viewers, padded: arrays of shape (viewers, candidates)."""

    film: IntArray
    scores: tuple[np.ndarray, ...]  # by part; −∞ where there is no candidate
    wanted: np.ndarray
    ideal: FloatArray  # the greatest gain that a list can have, shape (viewers,)

    @classmethod
    def of(cls, retrieved: np.ndarray, scores: list[np.ndarray], wanted: np.ndarray) -> Self:
        """From masks and scores of shape (viewers, films)."""
        most = max(int(retrieved.sum(axis=1).max()), _K)
        film = np.argsort(~retrieved, axis=1, kind="stable")[:, :most]
        real = np.take_along_axis(retrieved, film, axis=1)
        taken = tuple(np.where(real, np.take_along_axis(score, film, axis=1), -np.inf) for score in scores)
        best = np.cumsum(_discounts(_K))[np.clip(wanted.sum(axis=1), 1, _K) - 1]
        return cls(film, taken, np.take_along_axis(wanted, film, axis=1) & real, best)

    def ranked(self, weights: tuple[float, ...]) -> tuple[FloatArray, IntArray]:
        """NDCG@10 of each viewer with these weights, and the films of all their lists."""
        # A weight of 0 times −∞ is no number: parts that do not count are left out.
        parts = [weight * score for weight, score in zip(weights, self.scores, strict=True) if weight]
        if not parts:
            return np.zeros(len(self.film)), self.film[:, :0]
        total = np.sum(parts, axis=0)
        order = np.argsort(-total, axis=1, kind="stable")[:, :_K]
        gain = np.take_along_axis(self.wanted, order, axis=1) @ _discounts(order.shape[1])
        return gain / self.ideal, np.take_along_axis(self.film, order, axis=1)


def _worth(tables: list[Candidates], weights: tuple[float, ...], films: int) -> float:
    """Mean NDCG@10, and a little for the share of the catalogue that is shown to anyone."""
    ranked = [table.ranked(weights) for table in tables]
    shown = np.unique(np.concatenate([listed.ravel() for _, listed in ranked]))
    gains = np.concatenate([gain for gain, _ in ranked])
    return float(gains.mean() + Composition.coverage_worth * len(shown) / films)


def _climbed(weights: tuple[float, ...], worth: Callable[[tuple[float, ...]], float]) -> tuple[float, ...]:
    """Change one weight at a time to what is best beside the others, until none helps; the greatest becomes 1."""
    best = worth(weights)
    for _ in range(_ROUNDS):
        before = weights
        for place in range(len(weights)):
            for weight in _WEIGHTS:
                tried = (*weights[:place], weight, *weights[place + 1 :])
                if (value := worth(tried)) > best:
                    best, weights = value, tried
        if weights == before:
            break
    return tuple(weight / (max(weights) or 1.0) for weight in weights)


def _wanted(targets: pd.DataFrame, viewers: pd.Index, films: pd.Index) -> np.ndarray:
    """Whether a viewer took up a film, shape (viewers, films); targets of no known film are nobody's."""
    wanted = np.zeros((len(viewers), len(films)), dtype=bool)
    film = films.get_indexer(pd.Index(targets[FILM]))
    known = film >= 0
    wanted[viewers.get_indexer(pd.Index(targets[VIEWER]))[known], film[known]] = True
    return wanted


def _discounts(places: int) -> FloatArray:
    return 1 / np.log2(np.arange(2, places + 2))
