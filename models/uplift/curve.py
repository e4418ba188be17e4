"""The uplift curve: how much of a campaign's effect comes from the viewers who are reached first.

The area between the curve and the straight line of a random order is the Qini measure (Radcliffe 2007, Using Control
Groups to Target on Predicted Lift; here per viewer, so that audiences of any size compare).
"""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def uplift_curve(score: FloatArray, effect: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The curve of viewers reached by `score`, highest first, each of whom has an `effect`; (viewers,) both, ≥ 1.

    Effects are true ones, or estimates without bias, as `weighed` makes. Viewers of the same score are taken to come
    in random order.

    Returns:
        The share of the viewers reached, from 0 ascending to 1, and what is then gained per viewer of all, (points,).
    """
    order = np.argsort(-score, kind="stable")
    last_of_ties = np.append(np.diff(score[order]) != 0, True)
    reached = (np.flatnonzero(last_of_ties) + 1) / len(score)
    gained = np.cumsum(effect[order])[last_of_ties] / len(score)
    return np.append(0.0, reached), np.append(0.0, gained)


def area(score: FloatArray, effect: FloatArray) -> float:
    """The area under the uplift curve; that of a random order is half of the mean effect."""
    share, gain = uplift_curve(score, effect)
    return float(np.trapezoid(gain, share))


def qini(score: FloatArray, effect: FloatArray) -> float:
    """The area between the curve and that of a random order: 0 for a score that says nothing."""
    return area(score, effect) - float(effect.mean()) / 2


def weighed(shown: FloatArray, propensity: FloatArray, taken: FloatArray) -> FloatArray:
    """Unbiased estimates of each viewer's effect, (viewers,), from a draw with exact propensities in (0, 1).

    Args:
        shown: 1 where the viewer was drawn, else 0.
        taken: 1 where the viewer took the film up, else 0.

    The transformed outcome (Athey, Imbens 2016), about the mean outcome, which leaves less noise.
    """
    return np.asarray((taken - taken.mean()) * (shown / propensity - (1 - shown) / (1 - propensity)), dtype=np.float64)
