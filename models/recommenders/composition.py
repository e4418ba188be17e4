"""All members together: each retrieves what it knows best, and a fusion chosen by what viewers took up ranks it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Self

import numpy as np
import pandas as pd

from models.artifact import Artifact
from models.columns import FILM, VIEWER
from models.recommenders.als import ImplicitALS
from models.recommenders.blend import Blend, standardised
from models.recommenders.catalogue import CatalogueRecommender
from models.recommenders.content import Content
from models.recommenders.ease import Ease
from models.recommenders.histories import FloatArray, Histories, IntArray, sorted_ids
from models.recommenders.popularity import Popularity, decayed_popularity
from models.recommenders.selection import sampled
from models.recommenders.sequence import SequenceEncoder
from models.recommenders.transitions import Transitions

_K = 10
_RETRIEVED = 50  # films of each part
_VIEWERS_AT_ONCE = 256
_TRIED = (0.0, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0, 1.5)
_ROUNDS = 3
_WEIGHTS_OF_EVERYONE = (0.1, 0.3, 0.1, 0.5, 0.0, 1.0)


def _everyone() -> tuple[CatalogueRecommender, ...]:
    return Popularity(), Transitions(), Ease(), ImplicitALS(), Content(), SequenceEncoder()


@dataclass(eq=False)
class Composition(Blend):
    """A blend of all members, carried by what is in demand now; `tune` chooses both, and the settings of its parts.

    What speaks for a film (the blend, where it is above the viewer's mean) is multiplied by its trend^`demand`. The
    trend is the film's share of what was watched lately, by `half_life_days`, to its share of all that was watched:
    tastes last, and what everybody turns to changes by the day.

    `tune` looks at the union of what each part retrieves for a viewer, and climbs, one number at a time, towards
    the best mean NDCG@10, to which coverage@10 adds `coverage_worth` times itself: of weights that rank equally
    well, those that show more of the catalogue.
    """

    name: ClassVar[str] = "composition"
    coverage_worth: ClassVar[float] = 0.02
    parts: tuple[CatalogueRecommender, ...] = field(default_factory=_everyone)
    weights: tuple[float, ...] = _WEIGHTS_OF_EVERYONE
    demand: float = 0.0
    half_life_days: float = 3.0

    def fit(self, interactions: pd.DataFrame, films: pd.DataFrame | None = None) -> Self:
        """Fit each part to `columns.INTERACTIONS`, one row a viewer and film, and what `films` says of films.

        Raises:
            EmptyTraining: there is no row to learn from.
        """
        return super().fit(interactions, films)._followed(interactions)

    def refit(self, interactions: pd.DataFrame, films: pd.DataFrame | None = None) -> Self:
        """Refit each part (see the protocol)."""
        return super().refit(interactions, films)._followed(interactions)

    def tune(self, history: pd.DataFrame, targets: pd.DataFrame) -> Self:
        """Let each part choose its settings, then choose weights and demand (see the protocol)."""
        for part in self.parts:
            part.tune(history, targets)
        self._joined()._followed(history)
        few = sampled(targets)
        viewers = pd.Index(np.sort(few[VIEWER].unique()), dtype=object)
        chunks = Histories.of(history, viewers, self.films).chunks(_VIEWERS_AT_ONCE)
        wanted = np.split(_wanted(few, viewers, self.films), range(_VIEWERS_AT_ONCE, len(viewers), _VIEWERS_AT_ONCE))
        tables = [self._candidates(*each) for each in zip(chunks, wanted, strict=True)]
        trend = self.arrays["trend"]
        found = _climbed((*self.weights, self.demand), lambda numbers: _worth(tables, numbers, trend))
        top = max(found[:-1]) or 1.0
        self.weights, self.demand = tuple(weight / top for weight in found[:-1]), found[-1]
        return self

    def affinity(self, histories: Histories) -> FloatArray:
        """The blend of the parts carried by demand, shape (viewers, films)."""
        return _carried(super().affinity(histories), self.arrays["trend"], self.demand)

    def contributions(self, history: Histories, films: IntArray) -> FloatArray:
        """The blend's contributions, each carried by the demand for the film."""
        return super().contributions(history, films) * np.exp(self.demand * self.arrays["trend"][films])

    def _followed(self, interactions: pd.DataFrame) -> Self:
        """Measure the trend of each film."""
        training = Histories.of(interactions, sorted_ids(interactions[VIEWER]), self.films)
        self.arrays = {**self.arrays, "trend": _trend(training, self.half_life_days)}
        return self

    def _write(self, files: Artifact) -> None:
        super()._write(files)
        files.write_json("demand", [self.demand, self.half_life_days])
        files.write_arrays("trend", {"trend": self.arrays["trend"]})

    def _read(self, files: Artifact) -> None:
        super()._read(files)
        self.demand, self.half_life_days = files.read_json("demand")
        self.arrays = {**self.arrays, **files.read_arrays("trend")}

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

    def ranked(self, weights: tuple[float, ...], trend: FloatArray, demand: float) -> tuple[FloatArray, IntArray]:
        """NDCG@10 of each viewer, and the films of all their lists."""
        # A weight of 0 times −∞ is no number: parts that do not count are left out.
        parts = [weight * score for weight, score in zip(weights, self.scores, strict=True) if weight]
        if not parts:
            return np.zeros(len(self.film)), self.film[:, :0]
        total = _carried(np.sum(parts, axis=0), trend[self.film], demand)
        order = np.argsort(-total, axis=1, kind="stable")[:, :_K]
        gain = np.take_along_axis(self.wanted, order, axis=1) @ _discounts(order.shape[1])
        return gain / self.ideal, np.take_along_axis(self.film, order, axis=1)


def _carried(scores: FloatArray, trend: FloatArray, demand: float) -> FloatArray:
    """What is above 0 times trend^demand; `trend` is a logarithm. What is below stays there, in its order."""
    return np.where(scores > 0, scores * np.exp(demand * trend), scores) if demand else scores


def _trend(training: Histories, half_life_days: float) -> FloatArray:
    """The logarithm of each film's share lately to its share of all times, both raised a little, shape (films,)."""
    lately = decayed_popularity(training, half_life_days)
    ever = np.bincount(training.film, weights=training.strength, minlength=training.shape[1])
    little = 0.05 / training.shape[1]
    return np.log((lately / lately.sum() + little) / (ever / ever.sum() + little))


def _worth(tables: list[Candidates], numbers: tuple[float, ...], trend: FloatArray) -> float:
    """Mean NDCG@10 with weights and, at the end, demand; and a little for the share of the catalogue that is shown."""
    ranked = [table.ranked(numbers[:-1], trend, numbers[-1]) for table in tables]
    shown = np.unique(np.concatenate([listed.ravel() for _, listed in ranked]))
    gains = np.concatenate([gain for gain, _ in ranked])
    return float(gains.mean() + Composition.coverage_worth * len(shown) / len(trend))


def _climbed(numbers: tuple[float, ...], worth: Callable[[tuple[float, ...]], float]) -> tuple[float, ...]:
    """Change one number at a time to what is best beside the others, until none helps."""
    best = worth(numbers)
    for _ in range(_ROUNDS):
        before = numbers
        for place in range(len(numbers)):
            for value in _TRIED:
                tried = (*numbers[:place], value, *numbers[place + 1 :])
                if (found := worth(tried)) > best:
                    best, numbers = found, tried
        if numbers == before:
            break
    return numbers


def _wanted(targets: pd.DataFrame, viewers: pd.Index, films: pd.Index) -> np.ndarray:
    """Whether a viewer took up a film, shape (viewers, films); targets of no known film are nobody's."""
    wanted = np.zeros((len(viewers), len(films)), dtype=bool)
    film = films.get_indexer(pd.Index(targets[FILM]))
    known = film >= 0
    wanted[viewers.get_indexer(pd.Index(targets[VIEWER]))[known], film[known]] = True
    return wanted


def _discounts(places: int) -> FloatArray:
    return 1 / np.log2(np.arange(2, places + 2))
