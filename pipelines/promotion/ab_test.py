"""Trials: a version shown to a share of the viewers beside the one that serves, and what came of it so far.

A viewer's arm follows from a hash of the viewer and the trial, so that it is the same in every cycle and in the serving
app, and has nothing to do with the arms of another trial. While a trial runs the gate changes nothing.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from models.base.columns import FILM, VIEWER
from models.evaluation import always_valid
from models.evaluation.always_valid import Difference
from pipelines.platform.errors import NothingServes, NothingThere
from pipelines.platform.ledger import Ledger
from pipelines.platform.model_registry import Registry, Version
from pipelines.platform.state import State
from pipelines.promotion.crowd import Crowd
from pipelines.promotion.slate_answers import answered, shown
from streaming.schema.events import derive_id

FAMILY = "recommender"
_SHARE, _SINCE, _BEGAN = "trial_share", "trial_since", "trial_began"
_SLATE = ["slate_id", "viewer_id", "film_id", "occurred_at", "model_version"]


@dataclass(frozen=True)
class ABTest:
    """A version on trial, the share of viewers that is shown it, the first cycle that decides by it, and its begin."""

    challenger: Version
    share: float
    since: int
    began: int  # UTC milliseconds of the clock: the serving app, which waits for no cycle, has shown it since

    def draws(self, viewer: str) -> bool:
        """Whether a viewer is shown the challenger."""
        drawn = derive_id("trial", self.challenger.name, self.since, viewer)
        return int(drawn[:8], 16) < self.share * 2**32


@dataclass(frozen=True)
class Outcome:
    """Viewers and slates that count, by arm, and what a slate earned with the difference between the arms.

    `set_aside` is how many viewers do not count, since they take whatever is shown; `clients` are the shares of those
    who do, by the client that tells of them.
    """

    viewers: tuple[int, int]  # control, challenger
    slates: tuple[int, int]
    difference: Difference
    set_aside: int
    clients: dict[str, float]

    @property
    def verdict(self) -> str:
        """What can be said by now."""
        if self.difference.low > 0:
            return "the challenger is better"
        if self.difference.high < 0:
            return "the challenger is worse"
        return "not decided yet"


def deciding(ledger: Ledger) -> int:
    """Read from the ledger which cycle makes slates next: the one in progress, unless it has made them."""
    numbers = ledger.numbers()
    if not numbers:
        return 1
    newest = ledger.read(numbers[-1])
    return numbers[-1] + 1 if newest["closed"] or "slates" in newest else numbers[-1]


def begin(registry: Registry, number: int, share: float, since: int, now: int) -> ABTest:
    """Put a version on trial in the registry: in cycles from `since`, in the serving app from `now` (UTC milliseconds).

    Raises:
        NothingServes: there is nothing to try it against.
        NothingThere: no such version, it is the one that serves, or a trial runs already.
    """
    version, serving, running = registry.version(FAMILY, number), registry.serving(FAMILY), standing(registry)
    if serving is None:
        raise NothingServes("no recommender serves yet: run `cineloop run --once` first")
    if running:
        raise NothingThere(f"{running.challenger.name} is on trial already: `cineloop trial end` ends that first")
    if serving.number == number:
        raise NothingThere(f"{version.name} serves: `cineloop models list` shows the others")
    registry.note(version, **{_SHARE: share, _SINCE: since, _BEGAN: now})
    registry.challenge(FAMILY, number)
    return ABTest(registry.version(FAMILY, number), share, since, now)


def standing(registry: Registry) -> ABTest | None:
    """The trial that runs, read from the registry; None if none does."""
    version = registry.challenger(FAMILY)
    if version is None:
        return None
    share, since, began = (version.tags[name] for name in (_SHARE, _SINCE, _BEGAN))
    return ABTest(version, float(share), int(since), int(began))


def end(registry: Registry, promote: bool) -> ABTest:
    """End the trial in the registry; with `promote` the challenger serves from now on.

    Raises:
        NothingThere: no trial runs.
    """
    trial = _running_or_refuse(registry)
    if promote:
        registry.promote(FAMILY, trial.challenger.number)  # in the one write that ends the trial
    else:
        registry.challenge(FAMILY, None)
    return trial


def outcome(state: State, registry: Registry) -> tuple[ABTest, Outcome]:
    """Read from lake and registry what came of the slates looked at since the trial began, of cycles and of the app.

    The interval holds what the arms show, and what they show without any client that could have turned it.

    Raises:
        NothingThere: no trial runs.
    """
    trial = _running_or_refuse(registry)
    seen = answered(state.lake, _read_slates_since(state, trial), Ledger(state.cycles).now())
    crowd = Crowd.of(state.lake, seen)
    earned = _earned_by_viewer(crowd.choosing(seen), trial)
    control, challenger = earned[~earned["challenged"]], earned[earned["challenged"]]
    slates = int(control["slates"].sum()), int(challenger["slates"].sum())
    intervals = [_difference_of_arms(each) for each in (earned, *crowd.without_each(earned))]
    low, high = min(each.low for each in intervals), max(each.high for each in intervals)
    made = replace(intervals[0], low=low, high=high)
    return trial, Outcome((len(control), len(challenger)), slates, made, len(crowd.aside), crowd.shares)


def _running_or_refuse(registry: Registry) -> ABTest:
    trial = standing(registry)
    if trial is None:
        raise NothingThere("no trial runs: `cineloop trial start NUMBER` starts one")
    return trial


def _earned_by_viewer(seen: pd.DataFrame, trial: ABTest) -> pd.DataFrame:
    """A row a viewer: viewer_id, slates looked at since the trial began, what they earned, and the arm."""
    each = seen.groupby(VIEWER, as_index=False).agg(slates=("slate_id", "nunique"), earned=("reward", "sum"))
    return each.assign(challenged=each[VIEWER].map(trial.draws).astype(bool))


def _difference_of_arms(earned: pd.DataFrame) -> Difference:
    """What a slate earned in either arm: each viewer counts once, however many slates they were shown."""
    mean = (earned["earned"] / earned["slates"]).to_numpy(np.float64)
    challenged = earned["challenged"].to_numpy(bool)
    return always_valid.difference(mean[~challenged], mean[challenged])


def _read_slates_since(state: State, trial: ABTest) -> pd.DataFrame:
    """Read from the lake the films of all slates decided since the trial began, each once.

    Whom the trial draws has a slate of another version where the app had not taken the trial up yet, or a cycle was
    about to end: that is no slate of the trial's.
    """
    made = shown(state.lake, _SLATE, pc.field("cycle") >= trial.since, pc.field("occurred_at") >= trial.began)
    slates = made.drop_duplicates(["slate_id", FILM])
    drawn = slates["viewer_id"].map(trial.draws).astype(bool)
    return slates[drawn == (slates["model_version"] == trial.challenger.name)]
