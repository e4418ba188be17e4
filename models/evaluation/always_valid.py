"""The difference between two arms of an experiment, with an interval that holds however often one looks.

An interval of the usual kind holds at one look that was fixed before. Looked at after every cycle, until it leaves
zero out, it errs far more often than it says. This one holds at all looks at once: the difference, in units of its
information (one over its variance), is a Brownian motion with drift, and a mixture of likelihood ratios over a normal
prior of the drift bounds it at all times with the probability wanted.

Sources: Robbins (1970), Statistical Methods Related to the Law of the Iterated Logarithm; Johari, Pekelis, Walsh
(2015), Always Valid Inference.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_USUAL_EFFECT = 0.1  # of what both arms earn together: where the interval is made to be narrowest


@dataclass(frozen=True)
class Difference:
    """What the challenger earns beyond the control: the estimate and its interval, infinite while nothing is known."""

    control: float
    challenger: float
    gain: float
    low: float
    high: float


def difference(control: Floats, challenger: Floats, error: float = 0.05) -> Difference:
    """Compare the means of two arms.

    Args:
        control: what each unit of the arm earned, shape (units,): a unit is what was drawn into an arm, a viewer.
        challenger: the same of the other arm.
        error: the probability that the true difference is ever outside the interval, over all looks together.
    """
    if min(len(control), len(challenger)) < 2:
        return Difference(_mean(control), _mean(challenger), np.nan, -np.inf, np.inf)
    means = _mean(control), _mean(challenger)
    gain = means[1] - means[0]
    variance = sum(float(arm.var(ddof=1)) / len(arm) for arm in (control, challenger))
    effect = _USUAL_EFFECT * abs(_mean(np.concatenate((control, challenger))))
    reach = _reach(variance, effect, error)
    return Difference(*means, gain, gain - reach, gain + reach)


def _reach(variance: float, effect: float, error: float) -> float:
    """Half the interval's width: √((V + k) ln((V + k) / (k α²))) / V, of information V and prior information k."""
    if not variance:
        return 0.0
    if not effect:
        return np.inf
    information, prior = 1 / variance, 1 / effect**2
    both = information + prior
    return float(np.sqrt(both * np.log(both / (prior * error**2))) / information)


def _mean(arm: Floats) -> float:
    """The mean of an arm; NaN where it has no unit."""
    return float(arm.mean()) if len(arm) else np.nan
