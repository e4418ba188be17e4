"""Predicted appeal of scripts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Parts = Sequence[str]  # a script as the prose of its scenes, in order; a synopsis is a script of one
MIDDLE_80 = 1.2816  # standard deviations of a normal distribution


class _Around:
    """What is expected, and half of its 80 % interval."""

    mean: FloatArray
    spread: FloatArray

    @property
    def low(self) -> FloatArray:
        """The lower end of the 80 % interval, in the shape of `mean`."""
        return self.mean - self.spread

    @property
    def high(self) -> FloatArray:
        """The upper end of the 80 % interval, in the shape of `mean`."""
        return self.mean + self.spread


@dataclass(frozen=True)
class PredictedAppeal(_Around):
    """Expected appeal of scripts to segments: the log of how many times as much as an average film each would get."""

    mean: FloatArray  # (scripts, segments)
    draws: FloatArray  # (scripts, segments, bags): the same by models of films drawn anew
    spread: FloatArray  # (segments,): half of the 80 % interval of what one film so described gets

    def gain(self, after: int, before: int = 0) -> "Gain":
        """By how much the script at place `after` appeals more than that at `before`, (segments,).

        What is not in the text (who plays, how it is made) is the same for both, so that only what is not known of the
        text's own worth is left: the spread of the bags.
        """
        each = self.draws[after] - self.draws[before]
        mean = self.mean[after] - self.mean[before]
        return Gain(mean, MIDDLE_80 * each.std(axis=-1, ddof=1))


@dataclass(frozen=True)
class Gain(_Around):
    """A difference of appeal, and half of its 80 % interval, (segments,) both."""

    mean: FloatArray
    spread: FloatArray
