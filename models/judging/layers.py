"""What each column of a text adds to its appeal: by one model of all films, and by models of films drawn anew."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class FloatLayers:
    """Linear models beside each other as they were learned, the one of all films first."""

    coefficient: FloatArray  # (models, columns, segments)
    intercept: FloatArray  # (models, segments)

    def of_rows(self, matrix: sparse.csr_matrix) -> FloatArray:
        """(rows, columns) → (rows, segments, models)."""
        both = zip(self.coefficient, self.intercept, strict=True)
        return np.stack([matrix @ coefficient + intercept for coefficient, intercept in both], axis=-1)

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """What is kept of them."""
        return {"coefficient": self.coefficient, "intercept": self.intercept}


@dataclass(frozen=True)
class Int8Layers:
    """The same in whole numbers: each column has one scale for all that it adds, to any segment by any model."""

    whole: npt.NDArray[np.int8]  # (columns, models × segments)
    scale: npt.NDArray[np.float32]  # (columns, 1)
    intercept: FloatArray  # (models, segments)

    @classmethod
    def of(cls, layers: FloatLayers) -> Self:
        """Rounded (`models.base.int8`)."""
        import torch  # takes seconds, which who judges in float64 need not wait for

        from models.base.int8 import whole_rows

        models, columns, segments = layers.coefficient.shape
        wide = layers.coefficient.transpose(1, 0, 2).reshape(columns, models * segments)
        whole, scale = whole_rows(torch.from_numpy(wide.astype(np.float32)))
        return cls(whole.numpy(), scale.numpy(), layers.intercept)

    def of_rows(self, matrix: sparse.csr_matrix) -> FloatArray:
        """As `FloatLayers`; only the columns that some row has are made float again."""
        seen = np.unique(matrix.indices)
        added = matrix[:, seen] @ (self.whole[seen] * self.scale[seen])
        return np.asarray((added.reshape(-1, *self.intercept.shape) + self.intercept).transpose(0, 2, 1))

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """What is kept of them."""
        return {"whole": self.whole, "scale": self.scale, "intercept": self.intercept}


def kept_layers(arrays: dict[str, np.ndarray]) -> FloatLayers | Int8Layers:
    """What `arrays` told, of either form."""
    if "whole" in arrays:
        return Int8Layers(arrays["whole"], arrays["scale"], arrays["intercept"])
    return FloatLayers(arrays["coefficient"], arrays["intercept"])
