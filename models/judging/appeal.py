"""Appeal of scripts by segment, learned from films' synopses and genres and from how viewers took them up.

Ridge regression (Hoerl, Kennard 1970) in two layers: what all segments like, and what each likes beside that. A film's
genres are as told; a script is taken scene by scene, each as if it were a film of that synopsis, its genres read from
its words and counted by their probability, and is the mean of its scenes by their words. So the genre on a
title page changes nothing. Readers' ratings of scripts are learned, too: those of one segment teach only that segment's
layer. How sure it is comes from two sides: the interval of a film's appeal is cross-conformal (Vovk
2015: quantiles of errors on films left out), that of a difference of two texts is a bootstrap over films.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.linear_model import Ridge

from models.base.artifact import Artifact
from models.base.errors import EmptyTraining
from models.base.saved import Saved
from models.judging.genre_reader import GenreReader, membership
from models.judging.heard import Heard
from models.judging.predicted import Parts, PredictedAppeal
from models.judging.wording import Form, Wording

FloatArray = npt.NDArray[np.float64]
Matrix: TypeAlias = sparse.csr_matrix | FloatArray
FEWEST = 40  # films
_LEVEL = 0.8
_DENSE = 4_000_000  # numbers, up to which equations are solved at once
_SHRINKAGES = (1.0, 3.0, 10.0, 30.0, 100.0)


@dataclass(eq=False)
class Appeal(Saved):
    """Predicts the appeal of texts and genres to segments.

    After `fit`, `coefficient` (models, columns, segments) and `intercept` (models, segments) hold linear models: that
    of all films first, then those of the bootstrap.
    """

    name: ClassVar[str] = "appeal"
    form: Form = "words"
    bags: int = 16
    folds: int = 5
    most: int = 20_000  # terms
    reads: bool = True  # whether it is to read genres from words; else all that it is asked of must tell theirs
    seed: int = 0

    def fit(
        self,
        texts: Sequence[str],
        genres: Sequence[Sequence[str]],
        liking: FloatArray,
        weight: FloatArray,
        segments: Sequence[str],
        heard: Heard | None = None,
    ) -> Self:
        """Learn from films, and from what readers said of scripts; changes this model.

        Args:
            texts: what each film is about; empty where nothing is told.
            genres: the names of each one's genres.
            liking: (films, segments), as `Chosen.liking` or ratings.
            weight: (films,), how much each says.

        Raises:
            EmptyTraining: there are too few films, or their texts have nothing in common.
        """
        if len(texts) < FEWEST:
            raise EmptyTraining(
                f"{len(texts)} films were described and taken up, {FEWEST} are needed: turn more cycles"
            )
        self.segments = list(segments)
        self.wording = Wording.of(texts, self.form, most=self.most)
        weighed = self.wording.tfidf(texts)
        self.reader = GenreReader.of(weighed, genres, self.seed) if self.reads else GenreReader.blind(genres)
        films = _matrix(weighed, membership(genres, self.reader.genres))
        told = heard or Heard.nothing(len(segments))
        matrix = sparse.vstack([films, self._rows(told.scripts)]).tocsr() if len(told.ids) else films
        matrix = matrix.toarray() if np.prod(matrix.shape) <= _DENSE else matrix
        liking = np.concatenate([liking, told.liking])
        weight = np.concatenate([np.repeat(weight[:, None], len(segments), axis=1), told.weight])
        chance, count = np.random.default_rng(self.seed), len(liking)
        unseen = self._choose(matrix, liking, weight, chance.permutation(count) % self.folds)
        off = np.abs(unseen - liking)[: len(texts)]
        rank = min(int(np.ceil(_LEVEL * (len(off) + 1))), len(off)) - 1
        self.spread = np.sort(off, axis=0)[rank]
        learned = [_layers(matrix, liking, weight, self.shrink)]
        for _ in range(self.bags):
            drawn = np.bincount(chance.integers(count, size=count), minlength=count)
            learned.append(_layers(matrix, liking, weight * drawn[:, None], self.shrink))
        self.coefficient, self.intercept = (np.stack(part) for part in zip(*learned, strict=True))
        return self

    def predict(self, scripts: Sequence[Parts], genres: Sequence[Sequence[str]] | None = None) -> PredictedAppeal:
        """Predict the appeal of scripts to segments; `genres` are those told of films, else read from the words."""
        rows, models = self._rows(scripts, genres), zip(self.coefficient, self.intercept, strict=True)
        made = np.stack([rows @ coefficient + intercept for coefficient, intercept in models], axis=-1)
        return PredictedAppeal(made[..., 0], made[..., 1:], self.spread)

    def read_genres(self, scripts: Sequence[Parts]) -> FloatArray:
        """The share of each script that speaks of each of `reader.genres`, (scripts, genres)."""
        parts, shares = _shares(scripts)
        return np.asarray(shares @ self.reader.read(self.wording.tfidf(parts)))

    def _write_files(self, files: Artifact) -> None:
        """Write settings, vocabulary, names and coefficients into the artifact's folder."""
        super()._write_files(files)
        self.wording.write(files)
        files.write_json("shrink", list(self.shrink))
        files.write_json("names", {"segments": self.segments, "genres": self.reader.genres})
        genres = {"genre_coefficient": self.reader.coefficient, "genre_intercept": self.reader.intercept}
        layers = {"coefficient": self.coefficient, "intercept": self.intercept}
        files.write_arrays("learned", {"spread": self.spread, **genres, **layers})

    @classmethod
    def _read_files(cls, files: Artifact) -> Self:
        """Read what `_write_files` wrote, as a new model."""
        model, learned, names = super()._read_files(files), files.read_arrays("learned"), files.read_json("names")
        model.segments, model.shrink = names["segments"], tuple(files.read_json("shrink"))
        model.wording = Wording.read(files)
        genres = (learned["genre_coefficient"], learned["genre_intercept"])
        model.reader = GenreReader(tuple(names["genres"]), *genres)
        model.spread = learned["spread"]
        model.coefficient, model.intercept = learned["coefficient"], learned["intercept"]
        return model

    def _rows(self, scripts: Sequence[Parts], genres: Sequence[Sequence[str]] | None = None) -> sparse.csr_matrix:
        """The models' columns for scripts: shares of genres, told or read, and weighed words; (scripts, columns)."""
        parts, shares = _shares(scripts)
        weighed = self.wording.tfidf(parts)
        told = shares @ self.reader.read(weighed) if genres is None else membership(genres, self.reader.genres)
        return _matrix(shares @ weighed, told)

    def _choose(
        self, matrix: Matrix, liking: FloatArray, weight: FloatArray, fold: npt.NDArray[np.int64]
    ) -> FloatArray:
        """Choose and keep the two shrinkages with the least cross-validated error; returns out-of-fold predictions."""
        self.shrink: tuple[float, ...] = (_SHRINKAGES[-1], _SHRINKAGES[-1])
        for layer in range(2 if liking.shape[1] > 1 else 1):
            tried = [tuple(s if place == layer else old for place, old in enumerate(self.shrink)) for s in _SHRINKAGES]
            errors = [_error(self._unseen(matrix, liking, weight, fold, shrink), liking, weight) for shrink in tried]
            self.shrink = tried[int(np.argmin(errors))]
        return self._unseen(matrix, liking, weight, fold, self.shrink)

    def _unseen(
        self,
        matrix: Matrix,
        liking: FloatArray,
        weight: FloatArray,
        fold: npt.NDArray[np.int64],
        shrink: tuple[float, ...],
    ) -> FloatArray:
        """Predictions for each row by a fit to the other folds."""
        made = np.zeros_like(liking)
        for number in range(self.folds):
            inside = fold != number
            coefficient, intercept = _layers(matrix[inside], liking[inside], weight[inside], shrink)
            made[~inside] = matrix[~inside] @ coefficient + intercept
        return made


def _shares(scripts: Sequence[Parts]) -> tuple[list[str], sparse.csr_matrix]:
    """All distinct parts of the scripts, and each one's share of the words of each script, (scripts, parts)."""
    whole = [script or ("",) for script in scripts]
    places = {part: place for place, part in enumerate(dict.fromkeys(part for script in whole for part in script))}
    rows = np.repeat(np.arange(len(whole)), [len(script) for script in whole])
    columns = np.array([places[part] for script in whole for part in script])
    words = np.array([max(len(part.split()), 1e-9) for part in places])[columns]
    total = np.bincount(rows, words)
    return list(places), sparse.csr_matrix((words / total[rows], (rows, columns)), (len(whole), len(places)))


def _matrix(weighed: sparse.csr_matrix, genres: FloatArray) -> sparse.csr_matrix:
    """Genres and weighed words side by side, as a sparse matrix."""
    return sparse.hstack([sparse.csr_matrix(genres), weighed]).tocsr()


def _layers(
    matrix: Matrix, liking: FloatArray, weight: FloatArray, shrink: tuple[float, ...]
) -> tuple[FloatArray, FloatArray]:
    """Fit both layers: coefficients, (columns, segments), and intercepts of what all like, and each beside it.

    What some segments alone know tells nothing of what all like: there, each learns what is beyond it.
    """
    whole = (weight > 0).all(axis=1)
    common = liking.mean(axis=1)
    solver = "cholesky" if isinstance(matrix, np.ndarray) else "sparse_cg"
    shared = Ridge(alpha=shrink[0], solver=solver).fit(matrix, common, weight.mean(axis=1) * whole)
    coefficient = np.repeat(shared.coef_[:, None], liking.shape[1], axis=1)
    intercept = np.repeat(shared.intercept_, liking.shape[1])
    if liking.shape[1] == 1:
        return coefficient, intercept
    beyond = liking - np.where(whole, common, shared.predict(matrix))[:, None]
    for columns in _alike(weight):
        own = Ridge(alpha=shrink[1], solver=solver).fit(matrix, beyond[:, columns], weight[:, columns[0]])
        coefficient[:, columns] += own.coef_.reshape(len(columns), -1).T
        intercept[columns] += own.intercept_
    return coefficient, intercept


def _alike(weight: FloatArray) -> list[npt.NDArray[np.intp]]:
    """Groups of columns with equal weights: their equations are solved at once."""
    first, inverse = np.unique(weight, axis=1, return_inverse=True)
    return [np.flatnonzero(inverse.ravel() == number) for number in range(first.shape[1])]


def _error(made: FloatArray, liking: FloatArray, weight: FloatArray) -> float:
    """The weighted mean squared error."""
    return float((weight * (made - liking) ** 2).mean())
