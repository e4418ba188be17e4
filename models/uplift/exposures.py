"""Training data of uplift: viewers whom campaigns could have chosen, whether they did, and the outcome."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Exposures:
    """A row a campaign and viewer; `table` holds features as of the campaign's start, NaN where not known."""

    table: pd.DataFrame
    shown: FloatArray  # 1 where the viewer was chosen, else 0
    propensity: FloatArray  # the probability of that choice, in (0, 1)
    taken: FloatArray  # 1 where the viewer took the film up in time, else 0
    campaign: IntArray  # from 0

    def __len__(self) -> int:
        return len(self.shown)

    @property
    def campaigns(self) -> int:
        """How many campaigns there are."""
        return int(self.campaign.max(initial=-1)) + 1

    @classmethod
    def joined(cls, parts: Sequence["Exposures"]) -> "Exposures":
        """All parts one after the other, campaigns numbered anew; columns that a part lacks are NaN there."""
        numbers = np.cumsum([0, *(part.campaigns for part in parts)])
        return cls(
            pd.concat([part.table for part in parts], ignore_index=True),
            np.concatenate([part.shown for part in parts]),
            np.concatenate([part.propensity for part in parts]),
            np.concatenate([part.taken for part in parts]),
            np.concatenate([part.campaign + first for part, first in zip(parts, numbers, strict=False)]),
        )
