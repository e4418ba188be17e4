"""All members together: each retrieves candidates, a weighted sum orders them, and a ranker re-ranks the best."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Self, TypeVar

import numpy as np
import pandas as pd

from models.base.artifact import Artifact
from models.base.columns import VIEWER
from models.recommenders.als import ImplicitALS
from models.recommenders.blend import Blend, standardised
from models.recommenders.candidate_features import candidate_features
from models.recommenders.candidates import Candidates, carried, ideal_gain, wanted_films
from models.recommenders.content import Content
from models.recommenders.ease import Ease
from models.recommenders.histories import FloatArray, Histories, IntArray, sorted_ids
from models.recommenders.in_demand import first_choice, trend
from models.recommenders.popularity import Popularity
from models.recommenders.protocol import Recommender
from models.recommenders.ranker import Lists, Ranker
from models.recommenders.resolutions import Resolutions
from models.recommenders.selection import sampled
from models.recommenders.sequence import SequenceEncoder
from models.recommenders.transitions import Transitions
from models.recommenders.weighing import Weighing

Made = TypeVar("Made")
_RETRIEVED = 50  # films of each part
_RANKED = 100  # films of the fusion
_VIEWERS_AT_ONCE = 256
_VIEWERS_RANKED = 6000  # whose lists the ranker learns from
_WEIGHTS_OF_EVERYONE = (0.1, 0.3, 0.1, 0.5, 0.0, 0.0, 1.0)
_TRUSTED = {Resolutions.name: 1.0, SequenceEncoder.name: 0.3}


def _everyone() -> tuple[Recommender, ...]:
    """New default parts: all members but the blends."""
    return Popularity(), Transitions(), Ease(), ImplicitALS(), Resolutions(), Content(), SequenceEncoder()


@dataclass(eq=False)
class Composition(Blend):
    """A blend of all members, carried by what is in demand now, its best films ranked anew by boosted trees.

    A film's score, where it is above the viewer's mean, is multiplied by trend^`demand`. The trend is the film's share
    of what was watched lately over its share of all that was watched.

    `tune` lets the parts choose their settings, then chooses the weights and `demand` on the union of what each part
    retrieves for a viewer (`weighing.py`): by coordinate ascent on NDCG@10 plus `coverage_worth` times coverage@10, or
    plain weights where fitted ones do not rank unseen viewers better. Last, the ranker (`ranker.py`) learns from the
    hundred best of that sum, and is kept if it improves lists that it has not seen. Explanations are those of the sum.
    """

    name: ClassVar[str] = "composition"
    coverage_worth: ClassVar[float] = 0.02
    parts: tuple[Recommender, ...] = field(default_factory=_everyone)
    weights: tuple[float, ...] = _WEIGHTS_OF_EVERYONE
    demand: float = 0.0
    lately: float = 0.05  # of all events

    def __post_init__(self) -> None:
        """Begins without a ranker."""
        super().__post_init__()
        self.ranker: Ranker | None = None

    def fit(self, interactions: pd.DataFrame, films: pd.DataFrame | None = None) -> Self:
        """Fit each part, and so change it, to `columns.INTERACTIONS`, and to what `films` says of films."""
        return super().fit(interactions, films)._followed(interactions)

    def refit(self, interactions: pd.DataFrame, films: pd.DataFrame | None = None) -> Self:
        """Refit each part, and so change it (see the protocol)."""
        return super().refit(interactions, films)._followed(interactions)

    def tune(self, history: pd.DataFrame, targets: pd.DataFrame) -> Self:
        """Let each part choose its settings, choose weights and demand, train the ranker; all is kept in this model."""
        for part in self.parts:
            part.tune(history, targets)
        self._joined()._followed(history)
        trend, tables = self.arrays["trend"], self._chunked(history, sampled(targets), self._candidates)
        weighing = Weighing(trend, self.coverage_worth)
        *weights, self.demand = weighing.choose(tables, (*self.weights, self.demand), self._plain())
        self.weights = tuple(weights)
        lists = self._chunked(history, sampled(targets, _VIEWERS_RANKED), self._lists)
        self.ranker = Ranker.learned(Lists.joined(lists))
        return self

    def affinity(self, histories: Histories) -> FloatArray:
        """The blend of the parts carried by demand, its best films ranked anew, shape (viewers, films)."""
        scores, total = self._fused(histories)
        if self.ranker:
            film, margin = _best(total, histories)
            features = self._features(histories, film, scores)
            np.put_along_axis(total, film, self.ranker.scored(features, margin), axis=1)
        return total

    def contributions(self, history: Histories, films: IntArray) -> FloatArray:
        """The blend's contributions, each carried by the demand for the film."""
        return super().contributions(history, films) * np.exp(self.demand * self.arrays["trend"][films])

    def _followed(self, interactions: pd.DataFrame) -> Self:
        """Measure and keep each film's trend and share, and which films newcomers begin with; returns this model."""
        training = Histories.of(interactions, sorted_ids(interactions[VIEWER]), self.films)
        viewers = np.bincount(training.film, minlength=training.shape[1])
        facts = {"trend": trend(training, self.lately), "first": first_choice(training)}
        self.arrays = {**self.arrays, **facts, "share": np.log((viewers + 1.0) / (training.shape[0] + 1.0))}
        return self

    def for_newcomers(self) -> FloatArray:
        """The score of each film for newcomers, (films,): what viewers lately begin with (see `in_demand.py`)."""
        return self.arrays["first"]

    def _write_files(self, files: Artifact) -> None:
        """Write parts, weights, demand, facts of films and the ranker into the artifact's folder."""
        super()._write_files(files)
        files.write_json("demand", [self.demand, self.lately])
        files.write_arrays("facts", {name: self.arrays[name] for name in ("trend", "share", "first")})
        if self.ranker:
            self.ranker.write(files)

    @classmethod
    def _read_files(cls, files: Artifact) -> Self:
        """Read what `_write_files` wrote, as a new model."""
        model = super()._read_files(files)
        model.demand, model.lately = files.read_json("demand")
        model.arrays = {**model.arrays, **files.read_arrays("facts")}
        model.ranker = Ranker.read(files)
        return model

    def _plain(self) -> list[tuple[float, ...]]:
        """Sets of fixed weights to fall back on, where all parts of a set are here; the more trusted first."""
        names, blend = [part.name for part in self.parts], Blend()
        of_blend = {part.name: weight for part, weight in zip(blend.parts, blend.weights, strict=True)}
        sums = (_TRUSTED, of_blend)
        return [tuple(plain.get(name, 0.0) for name in names) for plain in sums if plain.keys() <= set(names)]

    def _fused(self, histories: Histories) -> tuple[list[FloatArray], FloatArray]:
        """Run the parts that count: their scores, and the sum carried by demand, (viewers, films) each."""
        scores, total = self._summed(histories)
        return scores, carried(total, self.arrays["trend"], self.demand)

    def _features(self, histories: Histories, film: IntArray, scores: list[FloatArray]) -> np.ndarray:
        """What the ranker reads of candidates, with the transitions of the part that has them."""
        transitions = next((part for part in self.parts if isinstance(part, Transitions)), None)
        return candidate_features(histories, film, scores, self.arrays["share"], self.arrays["trend"], transitions)

    def _chunked(
        self, history: pd.DataFrame, targets: pd.DataFrame, made: Callable[[Histories, np.ndarray], Made]
    ) -> list[Made]:
        """Call `made` with histories and wanted films, (viewers, films), of the targets' viewers, some at a time."""
        viewers = pd.Index(np.sort(targets[VIEWER].unique()), dtype=object)
        chunks = Histories.of(history, viewers, self.films).chunks(_VIEWERS_AT_ONCE)
        begins = range(_VIEWERS_AT_ONCE, len(viewers), _VIEWERS_AT_ONCE)
        wanted = np.split(wanted_films(targets, viewers, self.films), begins)
        return [made(*each) for each in zip(chunks, wanted, strict=True)]

    def _candidates(self, histories: Histories, wanted: np.ndarray) -> Candidates:
        """The films that each part scores highest for some viewers, without those seen, as `Candidates`."""
        scores = [standardised(part.affinity(histories)).astype(np.float32) for part in self.parts]
        retrieved = np.zeros(histories.shape, dtype=bool)
        last = max(histories.shape[1] - _RETRIEVED, 0)
        for score in scores:
            score[histories.viewer, histories.film] = -np.inf
            retrieved |= score >= np.partition(score, last, axis=1)[:, [last]]
        retrieved[histories.viewer, histories.film] = False
        return Candidates.of(retrieved, scores, wanted)

    def _lists(self, histories: Histories, wanted: np.ndarray) -> Lists:
        """The best films of the sum for some viewers, as the lists that the ranker learns from."""
        scores, total = self._fused(histories)
        film, margin = _best(total, histories)
        features = self._features(histories, film, scores)
        return Lists(features, margin, np.take_along_axis(wanted, film, axis=1), ideal_gain(wanted))


def _best(total: FloatArray, histories: Histories) -> tuple[IntArray, FloatArray]:
    """The hundred best films of each viewer and their scores, best first; those seen come last, with −∞."""
    unseen = total.copy()
    unseen[histories.viewer, histories.film] = -np.inf
    film = np.argsort(-unseen, axis=1, kind="stable")[:, :_RANKED]
    return film, np.take_along_axis(unseen, film, axis=1)
