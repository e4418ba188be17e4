"""Intervals that keep to their promise while the world changes: conformal prediction on the latest errors.

Split-conformal quantiles of normalised errors (Vovk and others 2005; Papadopoulos and others 2002), taken at each
forecast over the latest outcomes that were known by then, so that a calmer or a wilder market moves the interval.
"""

import numpy as np

from models.estimators.cases import FloatArray, IntArray

WINDOW = 250  # outcomes: enough for a tenth, few enough to follow a change within a year or two
_FEWEST = 20
_COVERAGE = 0.8


def bands(
    at: IntArray, known: IntArray, slot: IntArray, error: FloatArray, spread: FloatArray, window: int = WINDOW
) -> tuple[FloatArray, FloatArray]:
    """How far down and how far up (logs, ≤ 0 and ≥ 0) each forecast's 80 % interval reaches.

    Args:
        at: the day of each forecast.
        known: the day on which its outcome is known.
        slot: forecasts are calibrated on those of their own slot; where these are few, on all.
        error: outcome minus forecast; NaN where there is none.
        spread: > 0, how far the outcome may be off up to a common factor.
    """
    normal = error / spread
    low, high = np.zeros(len(at)), np.zeros(len(at))
    everything = _Known.of(known, normal)
    for number in np.unique(slot):
        own = np.flatnonzero(slot == number)
        latest = _Known.of(known[own], normal[own])
        days, back = np.unique(at[own], return_inverse=True)
        ends = np.array([_ends(latest.by(day, window), everything.by(day, window)) for day in days])
        low[own], high[own] = ends[back, 0], ends[back, 1]
    return np.minimum(low * spread, 0.0), np.maximum(high * spread, 0.0)


class _Known:
    """Normalised errors in the order in which they became known."""

    def __init__(self, day: IntArray, error: FloatArray) -> None:
        self.day, self.error = day, error

    @classmethod
    def of(cls, known: IntArray, error: FloatArray) -> "_Known":
        seen = np.flatnonzero(np.isfinite(error))
        seen = seen[np.argsort(known[seen], kind="stable")]
        return cls(known[seen], error[seen])

    def by(self, day: int, window: int) -> FloatArray:
        end = int(np.searchsorted(self.day, day, side="right"))
        return self.error[max(0, end - window) : end]


def _ends(own: FloatArray, everything: FloatArray) -> tuple[float, float]:
    errors = own if len(own) >= _FEWEST else everything
    if not len(errors):
        return -np.inf, np.inf
    outside = (1 - _COVERAGE) / 2
    level = min(1.0, np.ceil((len(errors) + 1) * (1 - outside)) / len(errors))
    return -float(np.quantile(-errors, level, method="higher")), float(np.quantile(errors, level, method="higher"))
