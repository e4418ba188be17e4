"""Standardises a table for members that add up its columns: centred, scaled, missing values filled."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from models.base.artifact import Artifact
from models.estimators.cases import FloatArray

_MOST = 4.0  # standard deviations: a value that was never seen must not carry a sum away


@dataclass(frozen=True)
class Scaling:
    """Columns minus their mean over their standard deviation, cut at ±4, 0 where missing."""

    columns: list[str]
    mean: FloatArray
    deviation: FloatArray

    @classmethod
    def of(cls, table: pd.DataFrame) -> Self:
        """The scaling of a table's columns; one that never varies, or is never known, becomes 0."""
        values = table.to_numpy(dtype=np.float64)
        known = np.isfinite(values)
        count = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, values, 0.0).sum(axis=0) / count
        deviation = np.sqrt((np.where(known, values - mean, 0.0) ** 2).sum(axis=0) / count)
        return cls(list(table.columns), mean, np.where(deviation > 1e-9, deviation, 1.0))

    def apply(self, table: pd.DataFrame) -> FloatArray:
        """Rows as numbers, shape (rows, columns)."""
        values = (table[self.columns].to_numpy(dtype=np.float64) - self.mean) / self.deviation
        return np.clip(np.nan_to_num(values, nan=0.0), -_MOST, _MOST)

    def write(self, files: Artifact) -> None:
        """Write the names of the columns as JSON, and their means and deviations as safetensors."""
        files.write_json("columns", self.columns)
        files.write_arrays("scaling", {"mean": self.mean, "deviation": self.deviation})

    @classmethod
    def read(cls, files: Artifact) -> Self:
        """Read what `write` wrote."""
        return cls(files.read_json("columns"), **files.read_arrays("scaling"))
