"""Finds viewers who do not choose: they take an improbable share of what they are shown.

How much viewers take differs between them as a beta distribution, and what each takes of what they are shown is a draw
of it: together the beta-binomial. It is fitted to viewers who take at most half of what they are shown (where most
take more: who takes no more than most), and takes in whoever it does not find improbable, until nobody is added. Who
is left out is no heavy viewer but something else: a program that plays whatever it sees says nothing of films.

Source: Griffiths (1973), Maximum likelihood estimation for the beta-binomial distribution; fitted by moments here.
"""

import numpy as np
import numpy.typing as npt
from scipy.stats import betabinom

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

LEAST_SHOWN = 10
"""Of a viewer who was shown fewer films nothing is said."""
IMPROBABLE = 1e-4
"""Who takes so many that one honest viewer in ten thousand does is set aside."""
_CHOOSES = 0.5  # of what is shown: who takes no more has chosen, whatever the others do
_LEAST_SPREAD = 0.02  # correlation between what one viewer takes: never are all viewers alike


def indiscriminate(taken: Integers, shown: Integers) -> Booleans:
    """Which viewers take more of what they are shown than chance lets them, (viewers,).

    Args:
        taken: how many films each viewer took, (viewers,).
        shown: of how many that were shown, at least 1.
    """
    share = taken / shown
    usual = share <= max(_CHOOSES, float(np.median(share)) if len(share) else 0.0)
    honest = usual
    while True:
        widened = usual | (_tail(taken, shown, honest) >= IMPROBABLE) | (shown < LEAST_SHOWN)
        if (widened == honest).all() or widened.sum() <= honest.sum():
            return ~widened
        honest = widened


def _tail(taken: Integers, shown: Integers, honest: Booleans) -> npt.NDArray[np.float64]:
    """The probability that a viewer like the honest ones takes as many films as each did, or more, (viewers,)."""
    mean, spread = _fitted(taken[honest], shown[honest])
    if not mean:
        return np.zeros(len(taken))
    both = (1 - spread) / spread
    pairs, row = np.unique(np.stack([taken, shown]), axis=1, return_inverse=True)
    return np.asarray(betabinom.sf(pairs[0] - 1, pairs[1], mean * both, (1 - mean) * both))[row.ravel()]


def _fitted(taken: Integers, shown: Integers) -> tuple[float, float]:
    """The mean share, and the correlation between any two of a viewer's takes, by moments."""
    mean = float(taken.sum() / max(shown.sum(), 1))
    chance = mean * (1 - mean)
    beyond = float(((taken - mean * shown) ** 2 - chance * shown).sum())
    pairs = float((shown * (shown - 1)).sum()) * chance
    return mean, float(np.clip(beyond / pairs if pairs else 0.0, _LEAST_SPREAD, 0.9))
