"""Train the recommenders on what was known at a time, choose one, and measure it against what serves.

Time runs through two cuts. Members are fitted on what was known at the first, choose their settings by what came up to
the second, and are compared on it (`tuned`, `measure`). The chosen one is fitted again at the second and measured on
what came after it, beside the baseline and the version that serves; what is registered is fitted on all
(`refit_and_evaluate`).

The second cut is the last cycle's `now`: what serves has seen nothing that came after it, and the slates of that cycle
were shown after it. While most of what is known came since, it leaves the newest tenth. Nothing is measured on what it
has seen, and the measured span is used for nothing else.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from models.base import columns
from models.base.errors import EmptyTraining
from models.evaluation.metrics import coverage_at, ndcg_at, unseen_targets
from models.recommenders import made, members
from models.recommenders.protocol import Recommender
from models.training.journal import Journal

BASELINE = "popularity"
K = 10
_HELD_OUT = 0.1  # of the interactions, for the test where no cycle went before; of the earlier ones, to choose by
_TOO_FEW = 20  # viewers: fewer say nothing about a model

Value = Callable[[Recommender, int], dict[str, Any] | None]


@dataclass(frozen=True)
class RankingQuality:
    """Quality of one model on a hold-out: NDCG@10 a viewer, and the share of the catalogue in its lists."""

    ndcg: pd.Series
    coverage: float

    @property
    def mean(self) -> float:
        """NDCG@10 over the viewers."""
        return float(self.ndcg.mean())

    @property
    def error(self) -> float:
        """The standard error of the mean."""
        return float(self.ndcg.std() / len(self.ndcg) ** 0.5)


@dataclass(frozen=True)
class RecommenderCandidate:
    """A fitted model with what was measured of its recipe."""

    model: Recommender
    test: RankingQuality
    baseline: RankingQuality
    serving: RankingQuality | None
    value: dict[str, Any] | None


@dataclass(frozen=True)
class HoldOut:
    """What was known at a cut, and what each viewer took up after it, not taken up before."""

    history: pd.DataFrame
    targets: pd.DataFrame

    @property
    def viewers(self) -> list[str]:
        """The viewers who are both in the history and in what came after it."""
        return sorted(self.targets[columns.VIEWER].unique())


def tuned(
    name: str, valid: HoldOut, described: pd.DataFrame | None, journal: Journal, effort: dict[str, int]
) -> Recommender:
    """Train a member on the history, with the settings that suit what came after it; the journal keeps its epochs.

    Args:
        described: what films are like, `columns.FILMS`.
        journal: a training of the same recipe goes on where it stopped.
        effort: of members that have such a setting (`pipelines.platform.settings.effort`).
    """
    model = made(name, **effort)
    model.journal = journal
    model.fit(valid.history, described).tune(valid.history, valid.targets)
    return model


def part_count(name: str) -> int:
    """How many parts a new member of this name has, 0 where it is of one piece."""
    return len(getattr(made(name), "parts", ()))


def preferred(compared: Mapping[str, Mapping[str, float]]) -> str:
    """The member to prefer: the one of most parts among those within two standard errors of the best.

    A few hundred viewers cannot tell their best from what is made of all, which errs less than any. Two, since the best
    of many is lucky.

    Args:
        compared: by member `ndcg@10` on the validation span and its `error`, of one member at least.
    """
    ndcg = {name: numbers["ndcg@10"] for name, numbers in sorted(compared.items())}
    top = max(ndcg, key=ndcg.__getitem__)
    good = [name for name in ndcg if ndcg[name] >= ndcg[top] - 2 * compared[top]["error"]]
    return max(good, key=lambda name: (part_count(name), ndcg[name]))


def refit_and_evaluate(
    chosen: Recommender,
    known: pd.DataFrame,
    everything: pd.DataFrame,
    cut: int,
    films: Sequence[str],
    served: Recommender | None,
    described: pd.DataFrame | None,
    off_policy_value: Value,
    refit_on_all: Callable[[], Recommender],
) -> RecommenderCandidate:
    """Fit the chosen member again up to the cut (it is changed itself), and measure it beside the others.

    Args:
        chosen: as `tuned` gave it, the one that `preferred` says.
        known: the interactions as they were known at the cut.
        everything: as they are known now.
        cut: where the span to measure on begins (UTC milliseconds).
        films: the films that may be recommended.
        served: the model that serves.
        off_policy_value: compares the recipe, fitted up to a time, with what serves on slates shown after it.
        refit_on_all: waits for the chosen member to be fitted again on everything, and gives it.

    Raises:
        EmptyTraining: too few viewers have a past and a future to measure anything on.
    """
    test = hold_out(known, everything)
    recipe = chosen.refit(test.history, described)
    measured, value = measure(recipe, test, films), off_policy_value(recipe, cut)
    return RecommenderCandidate(
        model=refit_on_all(),
        test=measured,
        baseline=measure(members()[BASELINE]().fit(test.history, described), test, films),
        serving=measure(served, test, films) if served else None,
        value=value,
    )


def hold_out(history: pd.DataFrame, later: pd.DataFrame) -> HoldOut:
    """What viewers newly took up in `later`, beside their `history`; raises EmptyTraining where under 20 have both."""
    targets = unseen_targets(history, later)
    viewers = targets[columns.VIEWER].nunique()
    if viewers < _TOO_FEW:
        raise EmptyTraining(f"{viewers} viewers have a past and a future, {_TOO_FEW} are wanted: send more events")
    return HoldOut(history, targets)


def measure(model: Recommender, split: HoldOut, films: Sequence[str]) -> RankingQuality:
    """Rank the whole catalogue for every viewer of the hold-out: NDCG@10 of each, and coverage."""
    listed = model.recommend(split.viewers, split.history, K, films)
    return RankingQuality(ndcg_at(listed, split.targets, K), coverage_at(listed, films, K))


def cuts(everything: pd.DataFrame, since: int | None) -> tuple[int, int]:
    """The two moments (UTC milliseconds) at which the span to choose by, and the span to measure on, begin.

    Args:
        since: the last cycle's `now`, after which the test span begins; without one it is the newest tenth.

    Raises:
        EmptyTraining: there is no interaction.
    """
    moments = np.sort(everything[columns.AT].to_numpy())
    if not len(moments):
        raise EmptyTraining("no viewer has taken up any film yet: send viewing events")
    known = since is not None and np.searchsorted(moments, since, side="right") >= len(moments) / 2
    second = since if since is not None and known else _newest_part(moments)
    return min(_newest_part(moments[moments <= second]), second - 1), second


def _newest_part(moments: np.ndarray) -> int:
    """The moment where the newest tenth of ascending moments begins."""
    return int(moments[int((1 - _HELD_OUT) * (len(moments) - 1))])
