"""Baseline: the mean or median residual of each slot."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import pandas as pd

from models.base.artifact import Artifact
from models.estimators.cases import Cases, FloatArray, require_cases
from models.estimators.protocol import START, Estimator, Loss


@dataclass(eq=False)
class Guess(Estimator):
    """The offset plus the mean (squared loss) or the median (absolute loss) residual of the case's slot."""

    name: ClassVar[str] = "guess"
    loss: Loss = "squared"
    seed: int = 0

    def fit(self, cases: Cases, outcome: FloatArray) -> Self:
        """Learn, and keep in this model, the residual of each slot; that of a slot without cases is 0."""
        require_cases(cases)
        average = np.mean if self.loss == "squared" else np.median
        self.residual: FloatArray = np.zeros(int(cases.slot.max()) + 1)
        for slot in np.unique(cases.slot):
            self.residual[slot] = average((outcome - cases.offset)[cases.slot == slot])
        return self

    def predict(self, cases: Cases) -> FloatArray:
        """The offset plus the residual of the slot, shape (cases,)."""
        known = np.minimum(cases.slot, len(self.residual) - 1)
        return cases.offset + np.where(cases.slot == known, self.residual[known], 0.0)

    def contributions(self, cases: Cases) -> pd.DataFrame:
        """The whole forecast as `START`: no column of the table is read."""
        columns = {START: self.predict(cases), **dict.fromkeys(cases.table.columns, 0.0)}
        return pd.DataFrame(columns, index=range(len(cases)))

    def _write_files(self, files: Artifact) -> None:
        """Write settings and residuals into the artifact's folder."""
        super()._write_files(files)
        files.write_arrays("learned", {"residual": self.residual})

    @classmethod
    def _read_files(cls, files: Artifact) -> Self:
        """Read what `_write_files` wrote, as a new model."""
        model = super()._read_files(files)
        model.residual = files.read_arrays("learned")["residual"]
        return model
