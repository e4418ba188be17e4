"""What a week's slates were truly worth, in exact expectations of the hidden truth: no sampling noise."""

from dataclasses import dataclass

import numpy as np

from streaming.audience.numeric import Floats
from streaming.audience.slate_frames import ShownSlates
from streaming.audience.week_state import WeekState


@dataclass(frozen=True)
class Truth:
    """A week's slates against the best and random ones; rates are None where nothing was shown.

    Click-through rates are expected clicks per film shown; `random_ctr` is that of slates drawn uniformly
    from the released films that the viewer has not seen. `regret` is how many more clicks a slate of the best
    films, in the best order, would be expected to get: the mean over slates.
    """

    week: int
    slates: int
    ctr: float | None
    random_ctr: float | None
    oracle_ctr: float | None
    regret: float | None


def truth_of(state: WeekState, shown: ShownSlates) -> Truth:
    """Compute what the slates shown were truly worth, in expectations."""
    if not shown.items:
        return Truth(state.week, len(shown.slates), None, None, None, None)
    looks = _examination_by_place(shown)
    choices = state.attraction[shown.viewers]
    actual = np.bincount(shown.slate, shown.examination * shown.attraction, len(shown.slates))
    best, random = _best_clicks(looks, choices), _random_clicks(looks, choices)
    count = len(shown.items)
    return Truth(
        week=state.week,
        slates=len(shown.slates),
        ctr=float(actual.sum() / count),
        random_ctr=float(random.sum() / count),
        oracle_ctr=float(best.sum() / count),
        regret=float((best - actual).mean()),
    )


def _examination_by_place(shown: ShownSlates) -> Floats:
    """The examination of each place of each slate, (slates, places), 0 where a slate has ended."""
    looks = np.zeros((len(shown.slates), int(shown.order.max()) + 1))
    looks[shown.slate, shown.order] = shown.examination
    return looks


def _best_clicks(looks: Floats, choices: Floats) -> Floats:
    """Expected clicks of the best slates, (slates,): the best film comes first."""
    best = -np.sort(-choices, axis=1)[:, : looks.shape[1]]
    return np.asarray((looks[:, : best.shape[1]] * best).sum(axis=1))


def _random_clicks(looks: Floats, choices: Floats) -> Floats:
    """Expected clicks of uniformly random slates, (slates,); they end where there is nothing left to show."""
    open_films = (choices > 0).sum(axis=1)
    filled = np.arange(looks.shape[1]) < open_films[:, None]
    return np.asarray((looks * filled).sum(axis=1) * choices.sum(axis=1) / np.maximum(open_films, 1))
