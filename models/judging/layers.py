"""Coefficients of appeal, of one model of all films and of its bootstrap models, as float64 or as int8."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class FloatLayers:
    """Linear models in float64 as they were learned, the one of all films first."""

    coefficient: FloatArray  # (models, columns, segments)
    intercept: FloatArray  # (models, segments)

    def of_rows(self, matrix: sparse.csr_matrix) -> FloatArray:
        """(rows, columns) → (rows, segments, models)."""
        both = zip(self.coefficient, self.intercept, strict=True)
        return np.stack([matrix @ coefficient + intercept for coefficient, intercept in both], axis=-1)

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """By name, as they are saved."""
        return {"coefficient": self.coefficient, "intercept": self.intercept}


@dataclass(frozen=True)
class Int8Layers:
    """The same as int8: each column has one scale for its coefficients of all models and segments."""

    whole: npt.NDArray[np.int8]  # (columns, models × segments)
    scale: npt.NDArray[np.float32]  # (columns, 1)
    intercept: FloatArray  # (models, segments)

    @classmethod
    def of(cls, layers: FloatLayers) -> Self:
        """Rounded to −127–127 times the scale of the column."""
        models, columns, segments = layers.coefficient.shape
        wide = layers.coefficient.transpose(1, 0, 2).reshape(columns, models * segments).astype(np.float32)
        scale = np.maximum(np.abs(wide).max(axis=1, keepdims=True) / np.float32(127), np.finfo(np.float32).tiny)
        return cls(np.rint(wide / scale).astype(np.int8), scale, layers.intercept)

    def of_rows(self, matrix: sparse.csr_matrix) -> FloatArray:
        """(rows, columns) → (rows, segments, models); only the columns that some row has are made float again."""
        seen = np.unique(matrix.indices)
        added = matrix[:, seen] @ (self.whole[seen] * self.scale[seen])
        return np.asarray((added.reshape(-1, *self.intercept.shape) + self.intercept).transpose(0, 2, 1))

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """By name, as they are saved."""
        return {"whole": self.whole, "scale": self.scale, "intercept": self.intercept}


def kept_layers(arrays: dict[str, np.ndarray]) -> FloatLayers | Int8Layers:
    """The layers that `arrays` came from, of either form."""
    if "whole" in arrays:
        return Int8Layers(arrays["whole"], arrays["scale"], arrays["intercept"])
    return FloatLayers(arrays["coefficient"], arrays["intercept"])
