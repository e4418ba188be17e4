"""The one interface of all recommenders, and what they share: catalogue, films already seen, ties, newcomers."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pandas as pd

from models.base.artifact import Artifact
from models.base.columns import FILM, RANK, RECOMMENDATIONS, SCORE, VIEWER
from models.base.saved import Saved
from models.recommenders.histories import FloatArray, Histories, IntArray
from models.training.journal import Journal

_VIEWERS_AT_ONCE = 512


@dataclass(eq=False)
class Recommender(Saved, ABC):
    """Learns from interactions and ranks films for viewers, those it never saw included.

    A history is a frame of `columns.INTERACTIONS`, one row a viewer and film, in any order, never changed.
    Models are inductive: `recommend` reads the viewers' newest histories, which may hold films (ignored) and
    viewers (served) that `fit` did not see.

    A member is a dataclass whose fields are its settings, plain JSON values; it can be made without arguments. What it
    learns in `fit` is `films` (ids, ascending) and `arrays`, of which `popularity`, shape (films,), breaks ties. It
    says by `affinity` and `contributions` what a history speaks for; the rest follows.
    """

    half_life_days: float = field(default=30.0, kw_only=True)  # of the popularity that serves newcomers and breaks ties

    def __post_init__(self) -> None:
        """Begins empty: no films, nothing learned, a journal that keeps nothing."""
        self.films: pd.Index = pd.Index([], dtype=object)
        self.arrays: dict[str, np.ndarray] = {}
        self.journal = Journal()  # reports the progress of a long training, and keeps its states

    def fit(self, interactions: pd.DataFrame, films: pd.DataFrame | None = None) -> Self:
        """Learn from interactions (`columns.INTERACTIONS`), one row a viewer and film; changes, returns this model.

        Films that `films` (`columns.FILMS`, one row a film) describes belong to the catalogue even if nobody has
        watched them yet; a model that reads content learns from it what they are like.

        Raises:
            EmptyTraining: there is no row to learn from.
        """
        training, self.films = Histories.for_training(interactions, films)
        self.arrays = {"popularity": training.popularity(self.half_life_days), **self._learn_arrays(training, films)}
        return self

    def _learn_arrays(self, training: Histories, films: pd.DataFrame | None) -> dict[str, np.ndarray]:
        """What a member learns in `fit` beside popularity, by name: arrays to keep; nothing by default."""
        return {}

    @abstractmethod
    def affinity(self, histories: Histories) -> FloatArray:
        """How much each history speaks for each film, shape (viewers, films); higher is better."""

    @abstractmethod
    def contributions(self, history: Histories, films: IntArray) -> FloatArray:
        """What each interaction of one viewer adds to the affinity for films, shape (interactions, films)."""

    def tune(self, history: pd.DataFrame, targets: pd.DataFrame) -> Self:
        """Choose and keep settings by what viewers took up next, after `fit`; by default it does nothing.

        Args:
            history: `columns.INTERACTIONS`.
            targets: viewer_id, film_id: what each viewer watched after it, new to them.
        """
        return self

    def refit(self, interactions: pd.DataFrame, films: pd.DataFrame | None = None) -> Self:
        """Learn, in place, from more than `fit` had, with the settings chosen; what was learned may be kept."""
        return self.fit(interactions, films)

    def for_newcomers(self) -> FloatArray:
        """The score of each film for viewers of whom nothing is known, shape (films,): its popularity."""
        return self.arrays["popularity"]

    def recommend(
        self, viewers: Sequence[str], history: pd.DataFrame, n: int, films: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """The `n` ≥ 1 best films for each viewer, best first, films of the viewer's history excluded.

        `films` limits the candidates (all known ones by default); those that the model does not know are
        ignored. A viewer without a history gets the model's answer for newcomers. Fewer than `n` rows where
        fewer films remain. Ties break by popularity, then by film_id.

        Returns:
            A frame of `columns.RECOMMENDATIONS`: viewers in the order given, each once, rank from 1.
        """
        viewer_ids = pd.Index(np.asarray(viewers, dtype=object)).unique()
        barred = np.zeros(len(self.films), dtype=bool) if films is None else ~self.films.isin(list(films))
        chunks = Histories.of(history, viewer_ids, self.films).chunks(_VIEWERS_AT_ONCE)
        frames = [self._rank(chunk, viewer_ids[i * _VIEWERS_AT_ONCE :], barred, n) for i, chunk in enumerate(chunks)]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(RECOMMENDATIONS))

    def explain_each(self, history: pd.DataFrame, films: Sequence[str], top: int = 3) -> list[pd.DataFrame]:
        """For each of `films` those of one viewer's history that speak most for it, the strongest first.

        Returns:
            Frames in the order of `films`: film_id and contribution (> 0, in units of the score), at most `top` rows;
            none where the model does not know the film or nothing in the history speaks for it.
        """
        coded = Histories.of_one(history, self.films)
        positions = self.films.get_indexer(pd.Index(np.asarray(films, dtype=object)))
        spoken = np.zeros((len(coded.film), len(films)))
        spoken[:, positions >= 0] = self.contributions(coded, positions[positions >= 0])
        watched = self.films.take(coded.film).to_numpy()
        by_name = np.argsort(watched)
        watched, spoken = watched[by_name], spoken[by_name]
        strongest = np.argsort(-spoken, axis=0, kind="stable")[:top]
        return [_positive(watched[rows], column[rows]) for rows, column in zip(strongest.T, spoken.T, strict=True)]

    def _write_files(self, files: Artifact) -> None:
        """Write settings, film ids and learned arrays into the artifact's folder."""
        super()._write_files(files)
        files.write_frame("films", pd.DataFrame({FILM: self.films}))
        files.write_arrays("learned", self.arrays)

    @classmethod
    def _read_files(cls, files: Artifact) -> Self:
        """Read what `_write_files` wrote, as a new model."""
        model = super()._read_files(files)
        model.films = pd.Index(files.read_frame("films")[FILM].to_numpy(dtype=object))
        model.arrays = files.read_arrays("learned")
        return model

    def _rank(self, histories: Histories, viewers: pd.Index, barred: np.ndarray, n: int) -> pd.DataFrame:
        """Lists of the `n` best films for viewers, without barred and seen ones."""
        # float32, so that a viewer's list does not depend on who else was asked for in the same product
        scores = self.affinity(histories).astype(np.float32)
        scores[histories.lengths == 0] = self.for_newcomers()
        scores[:, barred] = -np.inf
        scores[histories.viewer, histories.film] = -np.inf
        viewer, film, score, rank = _best(scores, self.arrays["popularity"], n)
        return pd.DataFrame({VIEWER: viewers.take(viewer), FILM: self.films.take(film), SCORE: score, RANK: rank})


def _best(scores: np.ndarray, popularity: FloatArray, n: int) -> tuple[IntArray, IntArray, FloatArray, IntArray]:
    """The `n` highest finite scores of each row of a matrix (viewers, films), best first.

    Ties break by popularity (shape (films,)), then by position.

    Returns:
        Viewer and film by position, score, and rank from 1: an entry a place in a list, sorted by viewer and rank.
    """
    films = scores.shape[1]
    last = films - min(n, films)
    threshold = np.partition(scores, last, axis=1)[:, last]
    viewer, film = np.nonzero((scores >= threshold[:, None]) & np.isfinite(scores))
    score = scores[viewer, film].astype(np.float64)
    order = np.lexsort((film, -popularity[film], -score, viewer))
    viewer, film, score = viewer[order], film[order], score[order]
    rank = np.arange(len(viewer)) - np.searchsorted(viewer, viewer) + 1
    kept = rank <= n
    return viewer[kept], film[kept], score[kept], rank[kept]


def _positive(films: np.ndarray, contribution: np.ndarray) -> pd.DataFrame:
    """The films whose contribution is above 0, of those sorted by it."""
    count = int((contribution > 0).sum())  # the strongest come first
    return pd.DataFrame({FILM: films[:count], "contribution": contribution[:count]})
