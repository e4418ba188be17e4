"""Matrix factorisation by alternating least squares (Hu, Koren, Volinsky 2008), by the `implicit` library."""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np
import pandas as pd
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix
from threadpoolctl import ThreadpoolController

from models.recommenders.histories import FloatArray, Histories, IntArray
from models.recommenders.protocol import Recommender

_POWER_STEPS = 30


@dataclass(eq=False)
class ImplicitALS(Recommender):
    """A film's score is the product of its factors and the viewer's.

    Inductive: only the films' factors are kept, a viewer's are solved for from the history at hand. It runs
    in one thread, so that two runs give the same digits.

    With equal strengths the solution is the matrix of histories, its singular values lowered by the penalty
    (Hastie, Mazumder, Lee, Zadeh 2015), so `regularization` is a share of the largest one: the same setting
    suits a large audience and a small one. Strengths count relative to their mean in the training.
    """

    name: ClassVar[str] = "als"
    factors: int = 32
    regularization: float = 0.2
    iterations: int = 15
    seed: int = 0

    def _learn_arrays(self, training: Histories, films: pd.DataFrame | None) -> dict[str, np.ndarray]:
        """Factorise the training on one thread; returns what is learned, and sets `arrays` of this model."""
        self.arrays = {"unit": np.array([training.strength.mean()])}
        confidence = self._confidence(training)
        self.arrays["penalty"] = np.array([self.regularization * largest_singular_value(confidence)])
        solver = self._solver()
        with _thread_pools().limit(limits=1):
            solver.fit(confidence, show_progress=False)
        return {**self.arrays, "film_factors": solver.item_factors}

    def affinity(self, histories: Histories) -> FloatArray:
        """Viewers' factors, solved for from their histories, times the films': shape (viewers, films)."""
        viewers = np.arange(histories.shape[0])
        with _thread_pools().limit(limits=1):
            factors = self._fitted().recalculate_user(viewers, self._confidence(histories))
            return np.asarray(
                factors.astype(np.float64) @ self.arrays["film_factors"].T.astype(np.float64), dtype=np.float64
            )

    def contributions(self, history: Histories, films: IntArray) -> FloatArray:
        """Each watched film's part in the score (section 5 of the paper), shape (interactions, films)."""
        by_film = np.zeros((len(self.films), len(films)))
        with _thread_pools().limit(limits=1):
            confidence, fitted, solved = self._confidence(history), self._fitted(), None
            for column, film in enumerate(films):
                _, parts, solved = fitted.explain(0, confidence, int(film), solved, N=len(history.film))
                for watched, score in parts:
                    by_film[watched, column] = score
        return by_film[history.film]

    def _confidence(self, histories: Histories) -> csr_matrix:
        """The histories as a matrix (viewers, films) of strength over the training's mean."""
        strength = histories.strength / self.arrays["unit"]
        return csr_matrix(histories.matrix(strength).astype(np.float32))

    def _fitted(self) -> AlternatingLeastSquares:
        """A solver of `implicit` that has the learned film factors."""
        solver = self._solver()
        solver.item_factors = self.arrays["film_factors"]
        return solver

    def _solver(self) -> AlternatingLeastSquares:
        """A solver of `implicit` with this model's settings."""
        return AlternatingLeastSquares(
            factors=self.factors,
            regularization=float(self.arrays["penalty"][0]),
            iterations=self.iterations,
            random_state=self.seed,
            num_threads=1,
        )


def largest_singular_value(matrix: csr_matrix) -> float:
    """The largest singular value of a matrix of positive and zero entries, by power iteration."""
    direction = np.ones(matrix.shape[1])
    for _ in range(_POWER_STEPS):
        direction = matrix.T @ (matrix @ direction)
        direction /= np.linalg.norm(direction)
    return float(np.linalg.norm(matrix @ direction))


@cache
def _thread_pools() -> ThreadpoolController:
    """Look up the thread pools of the process's linear algebra, once, then cached: that takes milliseconds."""
    return ThreadpoolController()
