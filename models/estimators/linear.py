"""Linear regression of the log gross on audience, season, genre and track records: the classical formula.

Coefficients are shrunk (ridge regression: Hoerl, Kennard 1970), an equation a slot, on columns in standard deviations.
"""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import pandas as pd

from models.base.artifact import Artifact
from models.estimators.cases import Cases, FloatArray, require_cases
from models.estimators.protocol import START, Estimator, Loss
from models.estimators.scaling import Scaling

_FAR = 4.0  # logs: residuals are cut there, as of a film taken off, or of a gap in the chart


@dataclass(eq=False)
class Linear(Estimator):
    """One equation a slot, each with its own intercept and coefficients."""

    name: ClassVar[str] = "linear"
    loss: Loss = "squared"
    seed: int = 0
    shrinkage: float = 400.0

    def fit(self, cases: Cases, outcome: FloatArray) -> Self:
        """Learn, and keep in this model, an equation for each slot."""
        require_cases(cases)
        self.scaling = Scaling.of(cases.table)
        values, slots = self.scaling.apply(cases.table), int(cases.slot.max()) + 1
        residual = outcome - cases.offset
        if self.loss == "absolute":
            residual = np.clip(residual, -_FAR, _FAR)
        self.intercept: FloatArray = np.zeros(slots)
        self.coefficient: FloatArray = np.zeros((slots, values.shape[1]))
        for slot in np.unique(cases.slot):
            rows = cases.slot == slot
            self.intercept[slot], self.coefficient[slot] = self._solved(
                values[rows], residual[rows], cases.weight[rows]
            )
        return self

    def predict(self, cases: Cases) -> FloatArray:
        """The forecast of each case by its slot's equation, shape (cases,)."""
        parts = self.scaling.apply(cases.table) * self.coefficient[self._slot(cases)]
        return np.asarray(cases.offset + self.intercept[self._slot(cases)] + parts.sum(axis=1), dtype=np.float64)

    def contributions(self, cases: Cases) -> pd.DataFrame:
        """Parts of each forecast: coefficient times value, a column each."""
        parts = pd.DataFrame(
            self.scaling.apply(cases.table) * self.coefficient[self._slot(cases)], columns=self.scaling.columns
        )
        parts.insert(0, START, cases.offset + self.intercept[self._slot(cases)])
        return parts

    def coefficients(self) -> pd.DataFrame:
        """The formula: slot, column, coefficient (log gross a standard deviation), strongest first within a slot."""
        slots, columns = self.coefficient.shape
        frame = pd.DataFrame(
            {
                "slot": np.repeat(np.arange(slots), columns),
                "column": self.scaling.columns * slots,
                "coefficient": self.coefficient.ravel(),
            }
        )
        order = np.lexsort((-frame["coefficient"].abs(), frame["slot"]))
        return frame.iloc[order].reset_index(drop=True)

    def _write_files(self, files: Artifact) -> None:
        """Write settings, scaling and coefficients into the artifact's folder."""
        super()._write_files(files)
        self.scaling.write(files)
        files.write_arrays("learned", {"intercept": self.intercept, "coefficient": self.coefficient})

    @classmethod
    def _read_files(cls, files: Artifact) -> Self:
        """Read what `_write_files` wrote, as a new model."""
        model, learned = super()._read_files(files), files.read_arrays("learned")
        model.scaling = Scaling.read(files)
        model.intercept, model.coefficient = learned["intercept"], learned["coefficient"]
        return model

    def _solved(self, values: FloatArray, residual: FloatArray, weight: FloatArray) -> tuple[float, FloatArray]:
        """Fit a weighted ridge regression: its intercept, which is not shrunk, and its coefficients."""
        share = weight / weight.mean()
        middle, level = (share[:, None] * values).mean(axis=0), float((share * residual).mean())
        centred = values - middle
        normal = (centred * share[:, None]).T @ centred + self.shrinkage * np.eye(values.shape[1])
        coefficient = np.linalg.solve(normal, centred.T @ (share * (residual - level)))
        return level - float(middle @ coefficient), coefficient

    def _slot(self, cases: Cases) -> np.ndarray:
        """The slot of each case; slots beyond those learned count as the last one."""
        return np.minimum(cases.slot, len(self.intercept) - 1)
