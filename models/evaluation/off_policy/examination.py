"""Examination probabilities by position, learned from the films that were placed at random.

Source: Craswell, Zoeter, Taylor, Ramsey (2008), An experimental comparison of click position-bias models.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.evaluation.off_policy.log import POSITION, RANKED, REWARD, Floats

_SLOPES = np.linspace(0, 3, 301)  # how steep the fall with position may be
_TYPICAL_SLOPE, _SLOPES_DIFFER = 0.5, 0.5  # what is expected of it before anybody clicked, and how surely


@dataclass(frozen=True)
class Examination:
    """How probably each place is looked at, beside the first, (places,): at best, and one error to either side."""

    places: Floats
    flatter: Floats
    steeper: Floats


def examination(logged: pd.DataFrame) -> Examination:
    """Learn from films placed at random how probably each place is looked at: place ** -η, and the error of η.

    Only films that chance put in their place say it: elsewhere the better films stand higher up. Their clicks are few,
    and five of them alone would say anything from 0 to the steepest: a normal prior keeps η near what is usual.

    Args:
        logged: `log.LOGGED`, a row a film that was shown.
    """
    depth = int(logged[POSITION].max())
    drawn = logged[~logged[RANKED]].groupby(POSITION)[REWARD].agg(["sum", "count"]).reindex(range(1, depth + 1))
    taken, shown = drawn["sum"].fillna(0).to_numpy(float), drawn["count"].fillna(0).to_numpy(float)
    log_place = np.log(np.arange(1, depth + 1))
    mean, error = _posterior(taken, shown, log_place)
    return Examination(*(np.exp(-slope * log_place) for slope in (mean, mean - error, mean + error)))


def _posterior(taken: Floats, shown: Floats, log_place: Floats) -> tuple[float, float]:
    """η's mean and standard deviation: clicks come from places in proportion to how often these were looked at."""
    told = -((_SLOPES - _TYPICAL_SLOPE) ** 2) / (2 * _SLOPES_DIFFER**2)
    if taken.any():
        looks = np.exp(-np.outer(_SLOPES, log_place)) @ shown
        told = told - _SLOPES * (taken @ log_place) - taken.sum() * np.log(looks)
    weight = np.exp(told - told.max())
    mean = float(np.average(_SLOPES, weights=weight))
    return mean, float(np.average((_SLOPES - mean) ** 2, weights=weight) ** 0.5)
