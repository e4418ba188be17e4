"""Readers' ratings of scripts, from which judges learn beside films."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.judging.predicted import Parts

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Heard:
    """Scripts that segments have read: how they liked them, and its weight beside a film (1: as much)."""

    ids: pd.Index
    scripts: Sequence[Parts]
    liking: FloatArray  # (scripts, segments): the log of how many times as much as a usual script
    weight: FloatArray  # (scripts, segments); 0 where a segment has not read a script

    @classmethod
    def nothing(cls, segments: int) -> "Heard":
        """An empty set of readings, for so many segments."""
        return cls(pd.Index([], dtype=object), [], np.zeros((0, segments)), np.zeros((0, segments)))

    def of(self, kept: npt.NDArray[np.bool_]) -> "Heard":
        """A copy with only the scripts where `kept` is true."""
        scripts = [script for script, keep in zip(self.scripts, kept, strict=True) if keep]
        return Heard(self.ids[kept], scripts, self.liking[kept], self.weight[kept])
