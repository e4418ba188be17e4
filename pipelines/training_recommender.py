"""Train the recommenders on what was known at a time, choose one, and measure it against what serves.

Time runs through two cuts: members are fitted on what was known at the first, choose their settings by what came up to
the second, and are compared on it; the chosen one is fitted again at the second and measured on what came after it,
beside the baseline and the version that serves; what is registered is fitted on all. The second cut is the last
cycle's `now`: what serves has seen nothing that came after it, and the slates of that cycle were shown after it. While
most of what is known came since, it leaves the newest tenth. Nothing is measured on what it has seen, and the measured
span is used for nothing else.
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from models import columns
from models.errors import EmptyTraining
from models.metrics import coverage_at, ndcg_at, unseen_targets
from models.recommenders.journal import Journal
from models.recommenders.protocol import Recommender
from models.recommenders.registry import members

BASELINE = "popularity"
K = 10
_HELD_OUT = 0.1  # of the interactions, for the test where no cycle went before; of the earlier ones, to choose by
_TOO_FEW = 20  # viewers: fewer say nothing about a model

Interactions = Callable[[int], pd.DataFrame]
Value = Callable[[Recommender, int], dict[str, Any] | None]


@dataclass(frozen=True)
class Measured:
    """Quality of one model on a hold-out: NDCG@10 a viewer, and the share of the catalogue in its lists."""

    ndcg: pd.Series
    coverage: float

    @property
    def mean(self) -> float:
        """NDCG@10 over the viewers."""
        return float(self.ndcg.mean())


@dataclass(frozen=True)
class RecommenderCandidate:
    """A fitted model with what was measured of its recipe, and of all others on the validation span."""

    model: Recommender
    test: Measured
    baseline: Measured
    serving: Measured | None
    valid: dict[str, float]
    value: dict[str, Any] | None
    cut: int


@dataclass(frozen=True)
class HoldOut:
    """What was known at a cut, and what each viewer took up after it, not taken up before."""

    history: pd.DataFrame
    targets: pd.DataFrame

    @property
    def viewers(self) -> list[str]:
        """Those with a past and a future."""
        return sorted(self.targets[columns.VIEWER].unique())


def train(
    interactions: Interactions,
    now: int,
    films: Sequence[str],
    served: Recommender | None,
    described: pd.DataFrame | None,
    since: int | None,
    value: Value,
) -> RecommenderCandidate:
    """Choose, measure and fit.

    Args:
        interactions: the interactions as they were known at a time (UTC milliseconds).
        now: the newest time.
        films: the films that may be recommended.
        served: the model that serves.
        described: what films are like, `columns.FILMS`.
        since: the last cycle's `now`, after which the test span begins; without one it is the newest tenth.
        value: compares the recipe, fitted up to a time, with what serves on slates that were shown after it.

    Raises:
        EmptyTraining: too few viewers have a past and a future to measure anything on.
    """
    everything = interactions(now)
    first, second = _cuts(everything, since)
    valid = hold_out(interactions(first), interactions(second))
    test = hold_out(interactions(second), everything)
    tuned = _tuned(valid, described)
    scores = {name: measure(model, valid, films).mean for name, model in tuned.items()}
    chosen = tuned[max(sorted(scores), key=scores.__getitem__)]
    recipe = chosen.refit(test.history, described)
    measured, worth = measure(recipe, test, films), value(recipe, second)
    return RecommenderCandidate(
        model=chosen.refit(everything, described),
        test=measured,
        baseline=measure(members()[BASELINE]().fit(test.history, described), test, films),
        serving=measure(served, test, films) if served else None,
        valid=scores,
        value=worth,
        cut=second,
    )


def _tuned(valid: HoldOut, described: pd.DataFrame | None) -> dict[str, Recommender]:
    """All members, fitted on the history and with the settings that suit what came after it."""
    tuned: dict[str, Recommender] = {}
    # A part of the composition that is a member, too, is trained once: the journal remembers it.
    with tempfile.TemporaryDirectory(prefix="cineloop-epochs-") as folder:
        for name, member in members().items():
            model = member()
            model.journal = Journal(Path(folder))
            tuned[name] = model.fit(valid.history, described).tune(valid.history, valid.targets)
            model.journal = Journal()
    return tuned


def hold_out(history: pd.DataFrame, later: pd.DataFrame) -> HoldOut:
    """Split `later` into what `history` knew and what came after, for viewers with both.

    Raises:
        EmptyTraining: fewer than 20 viewers have both.
    """
    targets = unseen_targets(history, later)
    viewers = targets[columns.VIEWER].nunique()
    if viewers < _TOO_FEW:
        raise EmptyTraining(f"{viewers} viewers have a past and a future, {_TOO_FEW} are wanted: send more events")
    return HoldOut(history, targets)


def measure(model: Recommender, split: HoldOut, films: Sequence[str]) -> Measured:
    """Rank the whole catalogue for every viewer of the hold-out and compare with what they took up."""
    listed = model.recommend(split.viewers, split.history, K, films)
    return Measured(ndcg_at(listed, split.targets, K), coverage_at(listed, films, K))


def _cuts(everything: pd.DataFrame, since: int | None) -> tuple[int, int]:
    """Where the span to choose by begins, and where the span to measure on does."""
    moments = np.sort(everything[columns.AT].to_numpy())
    if not len(moments):
        raise EmptyTraining("no viewer has taken up any film yet: send viewing events")
    known = since is not None and np.searchsorted(moments, since, side="right") >= len(moments) / 2
    second = since if since is not None and known else _newest_part(moments)
    return min(_newest_part(moments[moments <= second]), second - 1), second


def _newest_part(moments: np.ndarray) -> int:
    return int(moments[int((1 - _HELD_OUT) * (len(moments) - 1))])
