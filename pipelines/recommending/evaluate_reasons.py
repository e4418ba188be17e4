"""Whether reasons are true: a film's score without the events that were named, against it without as many others.

This is the deletion test of explanations (as in Samek et al. 2017), on whole events: what is said to speak for a film
must take more from it when it goes than what was not said.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from models.base.columns import FILM, SCORE, VIEWER
from models.recommenders.protocol import Recommender

_NAMED = 3  # events at most; slates name the first two of them
_VIEWERS_AT_ONCE = 100


@dataclass(frozen=True)
class Deletion:
    """In how many cases the named events weighed more, with a 90 % interval of their share."""

    cases: int
    larger: int
    share: float
    low: float
    high: float
    unnamed: int  # first films for which nothing in the history was named, or too few other events remain


def deletion(
    model: Recommender, history: pd.DataFrame, viewers: Sequence[str], seed: int, told: Callable[[int, int], None]
) -> Deletion:
    """Delete the events named for each viewer's first film, or as many others drawn by `seed`; compare its scores.

    Args:
        history: `columns.INTERACTIONS`.
        told: how many viewers are done, of how many.
    """
    random = np.random.default_rng(seed)
    cases = larger = 0
    for first in range(0, len(viewers), _VIEWERS_AT_ONCE):
        some = viewers[first : first + _VIEWERS_AT_ONCE]
        found = _deleted(model, history[history[VIEWER].isin(some)], random)
        named, others = (_scored(model, [(film, left[kind]) for film, *left in found]) for kind in (0, 1))
        cases, larger = cases + len(found), larger + int((named < others).sum())
        told(first + len(some), len(viewers))
    low, high = binomtest(larger, cases).proportion_ci(0.9, "wilson") if cases else (0.0, 1.0)
    return Deletion(cases, larger, larger / max(cases, 1), float(low), float(high), len(viewers) - cases)


def some_viewers(history: pd.DataFrame, count: int, seed: int) -> list[str]:
    """At most so many viewers of `history`, drawn by `seed`."""
    everyone = np.sort(history[VIEWER].unique())
    return sorted(np.random.default_rng(seed).choice(everyone, min(count, len(everyone)), replace=False))


def _deleted(
    model: Recommender, history: pd.DataFrame, random: np.random.Generator
) -> list[tuple[str, pd.DataFrame, pd.DataFrame]]:
    """For viewers' first films: the film, the history without the events named for it, and without as many others.

    Viewers are those of `history` for whose first film enough is named and enough remains.
    """
    first = model.recommend(sorted(history[VIEWER].unique()), history, 1)
    found = []
    for viewer, film in zip(first[VIEWER], first[FILM], strict=True):
        own = history[history[VIEWER] == viewer]
        named = own[FILM].isin(model.explain_each(own, [film], _NAMED)[0][FILM]).to_numpy()
        if 0 < named.sum() <= (~named).sum():
            others = random.choice(np.flatnonzero(~named), named.sum(), replace=False)
            found.append((film, own[~named], own.drop(own.index[others])))
    return found


def _scored(model: Recommender, cases: list[tuple[str, pd.DataFrame]]) -> np.ndarray:
    """Ask the model for one film's score from each history, (cases,); each history counts as a viewer of its own."""
    if not cases:
        return np.empty(0)
    names, films = [f"{place:06d}" for place in range(len(cases))], sorted({film for film, _ in cases})
    history = pd.concat([own.assign(**{VIEWER: name}) for name, (_, own) in zip(names, cases, strict=True)])
    listed = model.recommend(names, history, len(films), films).set_index([VIEWER, FILM])[SCORE]
    return listed.loc[[(name, film) for name, (film, _) in zip(names, cases, strict=True)]].to_numpy()
