"""A film's size by its facts: its gross in a first week in an average season without rivals.

Ridge regression of earlier films' sizes. Its errors are those of films left out of it (in closed form: Allen 1974).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.films.facts import facts
from models.films.past import FloatArray

_FACTS = ("budget", "budget not known", "running time", "certificate", "number of stars")
_SHRINKAGE = 3.0
_FEWEST = 30  # films with theatres
_NO_MORE = 0.1  # log theatres beyond what facts tell: too little to learn from


@dataclass(frozen=True)
class Sizes:
    """An equation of facts, and its errors (logs) on the films that it learned from."""

    genres: list[str]
    usual: FloatArray  # facts of a usual film, (facts,)
    spread: FloatArray
    coefficient: FloatArray  # (1 + facts,), the first one is where it starts
    errors: FloatArray  # of each film, by the equation of all others

    @classmethod
    def fit(cls, films: pd.DataFrame, size: FloatArray, genres: list[str]) -> "Sizes":
        """Fit a new ridge regression of log sizes on films' facts (see `models/films/prerelease.py`)."""
        table = _table(films, genres)
        usual = np.nan_to_num(np.nanmean(table, axis=0))
        filled = np.where(np.isnan(table), usual, table)
        spread = np.maximum(filled.std(axis=0), 1e-6)
        values = np.column_stack([np.ones(len(films)), (filled - usual) / spread])
        penalty = np.diag([0.0, *[_SHRINKAGE] * table.shape[1]])
        solved = np.linalg.solve(values.T @ values + penalty, values.T)  # (facts, films)
        coefficient = solved @ size
        leverage = np.einsum("ff->f", values @ solved)
        return cls(genres, usual, spread, coefficient, (size - values @ coefficient) / (1 - leverage))

    def expected(self, films: pd.DataFrame) -> FloatArray:
        """The log sizes to expect of films by their facts, (films,)."""
        table = _table(films, self.genres)
        values = (np.where(np.isnan(table), self.usual, table) - self.usual) / self.spread
        return np.asarray(self.coefficient[0] + values @ self.coefficient[1:], dtype=np.float64)


def theatre_elasticity(films: pd.DataFrame, sizes: Sizes, genres: list[str]) -> tuple[Sizes | None, float]:
    """Fit log theatres by facts, and by how much size grows with theatres beyond them (logs over logs, 0 to 1).

    Partial regression (Frisch, Waugh 1933) on films with a known budget, shrunk towards 0: of other films, theatres
    tell the budget. It is what went together in the past, which is more than what theatres do: a film that promises
    more is booked wider.
    """
    if "theatres" not in films:
        return None, 0.0
    shown = ((films["theatres"] > 0) & films["budget"].notna()).to_numpy()
    if shown.sum() < _FEWEST:
        return None, 0.0
    usual = Sizes.fit(films[shown], np.log(films.loc[shown, "theatres"].to_numpy(dtype=np.float64)), genres)
    wider = usual.errors
    slope = float(wider @ sizes.errors[shown] / (wider @ wider + _NO_MORE**2 * len(wider)))
    return usual, float(np.clip(slope, 0.0, 1.0))


def _table(films: pd.DataFrame, genres: list[str]) -> FloatArray:
    """The facts of films as columns of the regression, (films, columns)."""
    known = facts(films, genres)
    return np.column_stack([known[name] for name in (*_FACTS, *(f"genre {genre}" for genre in genres))])
