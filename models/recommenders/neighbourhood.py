"""Initial film vectors of the sequence encoder, from which films stand near each other in histories."""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.linalg import eigsh

from models.recommenders.histories import FloatArray, Histories
from models.recommenders.transitions import followers

_WINDOW = 10
_SHRINKAGE = 50.0
_SMALL = 400  # films: below it all eigenvectors at once are as quick


def neighbour_vectors(training: Histories, width: int) -> FloatArray:
    """Vectors of films, (films, width): leading eigenvectors of how often two films stand within 10 places.

    This is what word2vec factorises without saying so (Levy, Goldberg 2014). A training that begins here has after
    one epoch what it would otherwise learn in several.

    Returns:
        Shape (films, width), of mean 0 and standard deviation 1 over all entries; zeros where there are fewer
        films than dimensions.
    """
    counts = followers(training, _WINDOW)
    eigenvalues, eigenvectors = _leading((counts + counts.T).tocoo(), width)
    vectors = np.zeros((training.shape[1], width))
    vectors[:, : len(eigenvalues)] = eigenvectors * np.sqrt(np.abs(eigenvalues))
    vectors[:, : len(eigenvalues)] -= vectors[:, : len(eigenvalues)].mean(axis=0)
    spread = vectors.std()
    return vectors / spread if spread > 0 else vectors


def _leading(together: csr_array, width: int) -> tuple[FloatArray, FloatArray]:
    """The greatest eigenvalues of the logarithms of ratios to chance, and their vectors (films, at most width)."""
    often = np.asarray(together.sum(axis=1)).ravel()
    chance = (often[together.row] + _SHRINKAGE) * (often[together.col] + _SHRINKAGE) / max(often.sum(), 1.0)
    more = csr_array((np.log1p(together.data / chance), (together.row, together.col)), shape=together.shape)
    films = together.shape[0]
    if films <= max(_SMALL, width + 1):
        eigenvalues, eigenvectors = np.linalg.eigh(more.toarray())
        return eigenvalues[-width:], eigenvectors[:, -width:]
    # A fixed start: two trainings on the same histories begin at the same digits.
    values, vectors = eigsh(more, k=width, which="LA", v0=np.ones(films), tol=1e-3)
    return values, vectors
