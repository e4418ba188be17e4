"""Gradient boosting of regression trees (Friedman 2001; xgboost), several of them from different seeds, averaged."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import pandas as pd
import xgboost

from models.base.artifact import Artifact
from models.estimators.cases import Cases, FloatArray, require_cases
from models.estimators.protocol import START, Estimator, Loss

_THREADS = 1
_BINS = 64


@dataclass(eq=False)
class Trees(Estimator):
    """Residuals over the offset by boosted trees."""

    name: ClassVar[str] = "trees"
    loss: Loss = "squared"
    seed: int = 0
    repeats: int = 3
    rounds: int = 400
    depth: int = 6
    learning_rate: float = 0.03
    fewest: int = 15  # cases in a leaf
    rows: float = 0.7  # of the cases that a tree sees
    columns: float = 0.2  # of the columns that a tree sees

    def fit(self, cases: Cases, outcome: FloatArray) -> Self:
        """Train `repeats` forests from different seeds, and keep them in this model."""
        require_cases(cases)
        self.names = list(cases.table.columns)
        weight = cases.weight / cases.weight.mean()
        matrix = xgboost.QuantileDMatrix(
            self._matrix(cases), outcome - cases.offset, weight=weight, max_bin=_BINS, nthread=_THREADS
        )
        self.boosters = [
            xgboost.train(self._xgboost_settings(seed), matrix, self.rounds)
            for seed in range(self.repeats * self.seed, self.repeats * (self.seed + 1))
        ]
        return self

    def predict(self, cases: Cases) -> FloatArray:
        """The mean of the forests, shape (cases,)."""
        matrix = xgboost.DMatrix(self._matrix(cases), nthread=_THREADS)
        made = [booster.predict(matrix).astype(np.float64) for booster in self.boosters]
        return np.asarray(cases.offset + np.mean(made, axis=0), dtype=np.float64)

    def contributions(self, cases: Cases) -> pd.DataFrame:
        """Parts of each forecast: SHAP values of the trees (Lundberg and others 2020)."""
        matrix = xgboost.DMatrix(self._matrix(cases), nthread=_THREADS)
        made = [booster.predict(matrix, pred_contribs=True).astype(np.float64) for booster in self.boosters]
        shares = np.mean(made, axis=0)  # (cases, columns + 1), the last one is the bias
        parts = pd.DataFrame(shares[:, :-1], columns=self.names)
        parts.insert(0, START, cases.offset + shares[:, -1])
        return parts

    def _write_files(self, files: Artifact) -> None:
        """Write settings, names of columns and trees into the artifact's folder."""
        super()._write_files(files)
        files.write_json("columns", self.names)
        for number, booster in enumerate(self.boosters):
            booster.save_model(files.folder / f"trees-{number}.ubj")

    @classmethod
    def _read_files(cls, files: Artifact) -> Self:
        """Read what `_write_files` wrote, as a new model."""
        model = super()._read_files(files)
        model.names = files.read_json("columns")
        model.boosters = [
            xgboost.Booster({"nthread": _THREADS}, model_file=files.folder / f"trees-{number}.ubj")
            for number in range(model.repeats)
        ]
        return model

    def _matrix(self, cases: Cases) -> np.ndarray:
        """The learned columns of the cases' table, as float32."""
        return cases.table[self.names].to_numpy(dtype=np.float32)

    def _xgboost_settings(self, seed: int) -> dict[str, object]:
        return {
            "objective": "reg:squarederror" if self.loss == "squared" else "reg:absoluteerror",
            "tree_method": "hist",
            "max_bin": _BINS,
            "eta": self.learning_rate,
            "max_depth": self.depth,
            "min_child_weight": self.fewest,
            "subsample": self.rows,
            "colsample_bytree": self.columns,
            "reg_lambda": 3.0,
            "seed": seed,
            "nthread": _THREADS,
        }
