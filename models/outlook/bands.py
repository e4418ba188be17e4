"""Prediction intervals that stay calibrated under drift: conformal prediction on the latest errors.

Split-conformal quantiles of normalised errors (Vovk and others 2005; Papadopoulos and others 2002), taken at each
forecast over the latest outcomes that were known by then. Which quantiles is learned, too: each outcome outside its
interval widens the next ones a little, each inside narrows them (adaptive conformal inference: Gibbs, Candès 2021),
so that a wilder market is followed even where the latest errors do not show it yet.
"""

import numpy as np

from models.estimators.cases import FloatArray, IntArray

WINDOW = 250  # outcomes: enough for a tenth, few enough to follow a change within a year or two
STEP = 0.02  # of the share outside, for each outcome
_OUTSIDE = 0.2
_LEAST, _MOST = 0.02, 0.5  # outside, whatever was learned
_FEWEST = 20


def bands(
    at: IntArray,
    known: IntArray,
    slot: IntArray,
    error: FloatArray,
    spread: FloatArray,
    window: int = WINDOW,
    step: float = STEP,
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
    everything = _KnownErrors(known, normal)
    for number in np.unique(slot):
        own = np.flatnonzero(slot == number)
        low[own], high[own] = _of_slot(at[own], _KnownErrors(known[own], normal[own]), everything, window, step)
    return low * spread, high * spread


class _KnownErrors:
    """Normalised errors in the order in which they became known; `place` says whose they are."""

    def __init__(self, known: IntArray, error: FloatArray) -> None:
        """Drops errors that are NaN, and sorts the others by the day they became known."""
        seen = np.flatnonzero(np.isfinite(error))
        self.place = seen[np.argsort(known[seen], kind="stable")]
        self.day, self.error = known[self.place], error[self.place]

    def count(self, day: int) -> int:
        """How many errors are known on the evening of `day`."""
        return int(np.searchsorted(self.day, day, side="right"))

    def latest(self, day: int, window: int) -> FloatArray:
        """The newest of the errors known on the evening of `day`, at most `window`."""
        return self.error[max(0, self.count(day) - window) : self.count(day)]


def _of_slot(
    at: IntArray, own: _KnownErrors, everything: _KnownErrors, window: int, step: float
) -> tuple[FloatArray, FloatArray]:
    """The interval's ends for the forecasts of one slot, from errors known by then, which widen or narrow it."""
    low, high = np.full(len(at), -np.inf), np.full(len(at), np.inf)
    outside, counted = _OUTSIDE, 0
    order = np.argsort(at, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(at[order])) + 1):
        day = int(at[rows[0]])
        while counted < own.count(day):
            place, came = own.place[counted], own.error[counted]
            told = np.isfinite(low[place]) and at[place] < day
            missed = not low[place] <= came <= high[place]
            outside = float(np.clip(outside + step * (_OUTSIDE - missed) * told, _LEAST, _MOST))
            counted += 1
        latest = own.latest(day, window)
        low[rows], high[rows] = _ends(latest if len(latest) >= _FEWEST else everything.latest(day, window), outside)
    return low, high


def _ends(errors: FloatArray, outside: float) -> tuple[float, float]:
    """The conformal interval's ends, that leave the share `outside` out; infinite where no error is known."""
    if not len(errors):
        return -np.inf, np.inf
    level = min(1.0, np.ceil((len(errors) + 1) * (1 - outside / 2)) / len(errors))
    low, high = (float(np.quantile(side, level, method="higher")) for side in (-errors, errors))
    return min(-low, 0.0), max(high, 0.0)
