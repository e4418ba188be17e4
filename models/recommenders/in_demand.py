"""Which films are taken up more than usual lately, and which ones new viewers begin with."""

import numpy as np

from models.recommenders.histories import FloatArray, Histories

_STILL = 3.0  # events
_BEGINNING = 3.0  # films of a viewer, after which the next one counts half as a beginning
_NEWCOMERS_LATELY = 0.2  # of all events: what is shown to them is what viewers took up in that time


def trend(training: Histories, lately: float) -> FloatArray:
    """The logarithm of each film's share lately to its share of all times, shape (films,).

    Lately is measured in events, not in days: a weight halves with each share `lately` of all events that came after,
    so that the trend rests on as many events in quiet times as in busy ones.
    """
    return np.log(_over_expected(_taken_up_lately(training, lately), _taken_up(training, training.strength)))


def first_choice(training: Histories) -> FloatArray:
    """How good a film is for a viewer of whom nothing is known, shape (films,).

    What was taken up lately, times how much more often viewers begin with a film than its share of all that they take
    up lets expect: those who stay come to know the popular films, and go on to others.
    """
    place = training.lengths[training.viewer] - training.recency
    begun = _taken_up(training, training.strength * np.exp2(-place / _BEGINNING))
    ever = _taken_up(training, training.strength)
    return _taken_up_lately(training, _NEWCOMERS_LATELY) * _over_expected(begun, ever)


def _taken_up_lately(training: Histories, lately: float) -> FloatArray:
    """Each film's sum of strength, newer events weighing more, (films,)."""
    newer = np.empty(len(training.at))
    newer[np.argsort(-training.at, kind="stable")] = np.arange(len(training.at))
    return _taken_up(training, training.strength * np.exp2(-newer / (lately * len(newer))))


def _taken_up(training: Histories, weight: FloatArray) -> FloatArray:
    """Each film's sum of the weights of its events, (films,)."""
    return np.bincount(training.film, weights=weight, minlength=training.shape[1]).astype(np.float64)


def _over_expected(seen: FloatArray, ever: FloatArray) -> FloatArray:
    """The ratio of what was seen of each film to what its share of `ever` lets expect, shrunk to 1.

    Few events of a film say little: three each are added (the mean of a gamma prior at 1, as in DuMouchel 1999).
    """
    return np.asarray((seen + _STILL) / (seen.sum() * ever / ever.sum() + _STILL))
