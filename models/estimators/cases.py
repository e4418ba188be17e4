"""Cases: the rows that estimators are fitted to and forecast, one a film, a day of a run or a day of the market."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.base.errors import EmptyTraining

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
FEWEST = 20  # cases that an estimator needs to learn


@dataclass(frozen=True)
class Cases:
    """Rows of what was known when each forecast was made; all arrays have one entry a row.

    Days are numbers since 1970-01-01. An outcome is log(dollars + `floor`), kept apart from the cases.
    """

    table: pd.DataFrame  # float columns, NaN where not known
    offset: FloatArray  # log dollars: a first guess, over which members learn the residual
    weight: FloatArray  # how much an error matters, > 0
    slot: IntArray  # which of several equations: the day of a run, the weekday of a market, 0 where there is one
    at: IntArray  # the day on which the forecast is made
    known: IntArray  # the day on which the outcome is known
    floor: float  # dollars
    kin: pd.DataFrame | None = None  # tuples of names that cases may share, a column a kind
    run: IntArray | None = None  # of which run a case is a day

    def __len__(self) -> int:
        return len(self.offset)

    def take(self, rows: IntArray | npt.NDArray[np.bool_]) -> Self:
        """The cases at positions, or where true."""
        arrays = {name: getattr(self, name)[rows] for name in ("offset", "weight", "slot", "at", "known")}
        kin = None if self.kin is None else self.kin.iloc[_positions(rows)].reset_index(drop=True)
        table = self.table.iloc[_positions(rows)].reset_index(drop=True)
        run = None if self.run is None else self.run[rows]
        return replace(self, table=table, kin=kin, run=run, **arrays)

    def dollars(self, logs: FloatArray) -> FloatArray:
        """Outcomes or forecasts as dollars, not below 0."""
        return np.maximum(np.exp(logs) - self.floor, 0.0)

    def logs(self, dollars: FloatArray) -> FloatArray:
        """Dollars as outcomes, log(dollars + floor); NaN stays NaN."""
        return np.log(dollars + self.floor)


def require_cases(cases: Cases) -> None:
    """Raises EmptyTraining where there are fewer than `FEWEST` cases."""
    if len(cases) < FEWEST:
        raise EmptyTraining(f"{len(cases)} cases to learn from, {FEWEST} are wanted: give a longer history of films")


def _positions(rows: IntArray | npt.NDArray[np.bool_]) -> IntArray:
    """A mask as positions; positions stay as they are."""
    return np.flatnonzero(rows) if rows.dtype == np.bool_ else rows.astype(np.int64)
