"""Corrects forecasts by the errors of related films: kriging over time and over names that films share.

The error of a forecast is taken as a Gaussian process (Rasmussen, Williams 2006, chapter 2) whose covariance is a sum:
errors of all films that open at about the same time, of films of one distributor, of like genres, and of shared
companies and stars, each fading with the time between the openings. A market that has shrunk, or a distributor whose
films take less than expected, is learned from the first films that show it, without a new fit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.linalg import cholesky, solve_triangular

from models.estimators.cases import FloatArray, IntArray

ALL = "all"  # the kinship that every film has with every other
_DAYS_A_YEAR = 365.0
_MOST = 2.0  # log: errors are cut there, so that one flop does not count for many


@dataclass(frozen=True)
class Kinship:
    """A kind of names that films share, its share of the errors' variance, and the years in which it fades by e."""

    kind: str
    share: float
    years: float


KINSHIPS = (
    Kinship(ALL, 0.06, 0.5),
    Kinship("distributor", 0.17, 5.0),
    Kinship("genres", 0.08, 2.0),
    Kinship("companies", 0.17, 5.0),
    Kinship("stars", 0.17, 5.0),
)
_NOISE = 0.8  # of the errors' variance: what no kinship explains


def shifts(
    kin: pd.DataFrame,
    at: IntArray,
    known: IntArray,
    error: FloatArray,
    kinships: Sequence[Kinship] = KINSHIPS,
) -> FloatArray:
    """By how much to move each forecast, from the errors that were known when it was made: shape (films,).

    Args:
        kin: tuples of names, a column a kind, a row a film.
        at: the day on which each film is forecast.
        known: the day on which its outcome is known.
        error: outcome minus forecast (log); NaN where there is none.
    """
    seen = np.flatnonzero(np.isfinite(error))
    if not len(seen):
        return np.zeros(len(error))
    seen = seen[np.argsort(known[seen], kind="stable")]
    cut = np.clip(error[seen], -_MOST, _MOST)
    scale = float((cut**2).mean())
    covariance = _covariance(kin, at, kinships)
    among = covariance[np.ix_(seen, seen)] + _NOISE * np.eye(len(seen))
    lower = cholesky(among, lower=True)
    # The factor of the first m films is the first m rows of the factor: one decomposition serves every forecast.
    white, kinned = (solve_triangular(lower, side, lower=True) for side in (cut, covariance[seen]))
    before = np.searchsorted(known[seen], at, side="right")
    counted = np.arange(len(seen))[:, None] < before[None, :]
    return np.where(scale > 0, ((kinned * white[:, None]) * counted).sum(axis=0), 0.0)


def _covariance(kin: pd.DataFrame, at: IntArray, kinships: Sequence[Kinship]) -> FloatArray:
    """The covariance of any two films' errors, (films, films), by time apart and shared names."""
    apart = np.abs(at[:, None] - at[None, :]) / _DAYS_A_YEAR
    total = np.zeros(apart.shape)
    for each in kinships:
        if each.kind == ALL or each.kind in kin:
            common = 1.0 if each.kind == ALL else _in_common(kin[each.kind])
            total += each.share * common * np.exp(-apart / each.years)
    return total


def _in_common(names: pd.Series) -> FloatArray:
    """The cosine of two films' sets of names: 1 where they are the same, 0 where none is shared."""
    counts = names.map(len).to_numpy()
    codes, _ = pd.factorize(np.array([name for each in names for name in each], dtype=object))
    rows = np.repeat(np.arange(len(names)), counts)
    values = 1.0 / np.sqrt(counts[rows])
    table = sparse.csr_matrix((values, (rows, codes)), shape=(len(names), int(codes.max(initial=-1)) + 1))
    return np.asarray((table @ table.T).toarray(), dtype=np.float64)
