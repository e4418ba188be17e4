"""Estimates of what a policy would have earned, each with its 90 % interval.

A film's chance to be taken is taken to be its attraction times whether its place is looked at, the position-based
click model: so what a policy gives a film is *exposure*, its places' chances to be looked at, weighed with how
probably the policy shows it there. A shown film is re-weighted by the exposure that the new policy gives it over the
one that it had. Exposures are exact, since propensities are; only how often each place is looked at is estimated.

Sources: Li, Abbasi-Yadkori, Kveton, Muthukrishnan, Vinay, Wen (2018), Offline Evaluation of Ranking Policies with
Click Models; Swaminathan, Joachims (2015), The Self-Normalized Estimator for Counterfactual Learning; Dudík,
Langford, Li (2011), Doubly Robust Policy Evaluation and Learning.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm
from scipy.stats import t as student

from models.evaluation.off_policy.examination import Examination
from models.evaluation.off_policy.log import Booleans, Floats, MatchedPolicy, SlateLog, Target

_LEVEL = 0.9
_PRIOR = 20.0  # looks that a film's attraction is shrunk by towards the mean


@dataclass(frozen=True)
class Estimate:
    """Rewards a slate: the estimate, its 90 % interval, and how many slates' worth of evidence it rests on."""

    value: float
    low: float
    high: float
    effective: float


def snips(logged: pd.DataFrame, target: Target, looked: Examination) -> Estimate:
    """Estimate what a policy earns a slate by self-normalised weights: takings for a look in the re-weighted log."""
    log = SlateLog.of(logged)
    policy = MatchedPolicy.of(log, target)

    def estimate(places: Floats) -> Estimate:
        """The estimate for given probabilities that each place is looked at."""
        weight = _exposure_ratio(log, policy, places)
        share = weight * places[log.place] / places.sum()
        return _interval(log.by_viewer(weight * log.reward), log.by_viewer(share), _effective(log, weight, places))

    return _with_error_of(looked, estimate)


def ips(logged: pd.DataFrame, target: Target, looked: Examination) -> Estimate:
    """Estimate what a policy earns a slate by plain importance weights: unbiased if `looked` is right, widest."""
    log = SlateLog.of(logged)
    policy = MatchedPolicy.of(log, target)

    def estimate(places: Floats) -> Estimate:
        """The estimate for given probabilities that each place is looked at."""
        weight = _exposure_ratio(log, policy, places)
        won = log.by_viewer(weight * log.reward)
        return _interval(won, log.slates_by_viewer, _effective(log, weight, places))

    return _with_error_of(looked, estimate)


def doubly_robust(logged: pd.DataFrame, target: Target, looked: Examination) -> Estimate:
    """Estimate what a policy earns a slate by a model of films' attraction, corrected by the log where it is wrong.

    The attraction of a film is its shrunk rate of being taken for a look, learned from the other half of the viewers.
    """
    log = SlateLog.of(logged)
    policy = MatchedPolicy.of(log, target)

    def estimate(places: Floats) -> Estimate:
        """The estimate for given probabilities that each place is looked at."""
        won, effective = _corrected(log, policy, places)
        return _interval(won, log.slates_by_viewer, effective)

    return _with_error_of(looked, estimate)


def difference(logged: pd.DataFrame, candidate: Target, other: Target, looked: Examination) -> Estimate:
    """Estimate how much more a slate of one policy earns than one of another, doubly robust, on the same slates."""
    log = SlateLog.of(logged)
    ours, theirs = MatchedPolicy.of(log, candidate), MatchedPolicy.of(log, other)

    def estimate(places: Floats) -> Estimate:
        """The estimate for given probabilities that each place is looked at."""
        (won, effective), (others, least) = (_corrected(log, policy, places) for policy in (ours, theirs))
        return _interval(won - others, log.slates_by_viewer, min(effective, least))

    return _with_error_of(looked, estimate)


def _with_error_of(looked: Examination, estimate: Callable[[Floats], Estimate]) -> Estimate:
    """The estimate, its interval widened by how uncertain it is how probably each place is looked at."""
    found = estimate(looked.places)
    moved = (estimate(looked.flatter).value - estimate(looked.steeper).value) / 2
    reach = float(np.hypot(found.high - found.value, norm.ppf((1 + _LEVEL) / 2) * moved))
    return Estimate(found.value, found.value - reach, found.value + reach, found.effective)


def _corrected(log: SlateLog, policy: MatchedPolicy, looked: Floats) -> tuple[Floats, float]:
    """The doubly robust earnings of each viewer's slates, (viewers,), and how many slates' evidence they rest on."""
    weight, looks = _exposure_ratio(log, policy, looked), looked[log.place]
    half, slates_half = log.fold[log.viewer], log.fold[log.owner]
    won, expected = np.zeros(len(log.reward)), np.zeros(len(log.slates))
    for side in (0, 1):
        attraction = _attraction(log, looks, half != side)
        corrected = weight * (log.reward - attraction[log.film] * looks)
        won = np.where(half == side, corrected, won)
        expected = np.where(slates_half == side, _expected(policy, attraction, looked), expected)
    model = np.bincount(log.owner, expected, len(log.fold))
    return log.by_viewer(won) + model, _effective(log, weight, looked)


def _exposure_ratio(log: SlateLog, policy: MatchedPolicy, looked: Floats) -> Floats:
    """For each shown film, (rows,), the exposure that the new policy gives it over the one that it had.

    A ranked film has its one place; one that chance drew could as well have stood at any other.
    """
    had = log.propensity * np.where(log.ranked, looked[log.place], looked.sum())
    drawn = policy.epsilon * looked.sum() / np.maximum(policy.pool[log.slate], 1)
    kept = (1 - policy.epsilon) * looked[policy.wanted]
    return np.asarray(np.where(policy.wanted >= 0, kept, drawn) / had)


def _attraction(log: SlateLog, looks: Floats, rows: Booleans) -> Floats:
    """How often each film is taken when it is looked at, from some rows, shrunk to the mean, (films + 1,).

    The last is the mean, what a film is thought to be like that was shown to nobody.
    """
    taken = np.bincount(log.film, log.reward * rows, len(log.films) + 1)
    seen = np.bincount(log.film, looks * rows, len(log.films) + 1)
    mean = taken.sum() / max(seen.sum(), 1e-9)
    return np.asarray((taken + _PRIOR * mean) / (seen + _PRIOR))


def _expected(policy: MatchedPolicy, attraction: Floats, looked: Floats) -> Floats:
    """What the model of attraction expects of each of the new policy's slates, (slates,)."""
    worth = (1 - policy.epsilon) * attraction[policy.film] * looked[policy.place]
    drawn = policy.epsilon * looked.sum() * attraction[:-1].mean()
    return np.asarray(np.bincount(policy.slate, worth, len(policy.pool)) + drawn)


def _effective(log: SlateLog, weight: Floats, looked: Floats) -> float:
    """Kish's effective number of slates: that many from the new policy itself would say as much."""
    looks = looked[log.place]
    mass = weight * looks
    return float(mass.sum() ** 2 / max((mass**2).sum(), 1e-12) * looks.mean() / looked.sum()) if len(mass) else 0.0


def _interval(won: Floats, whole: Floats, effective: float) -> Estimate:
    """The ratio of two sums over viewers, `won` and `whole`, with its interval by linearisation.

    Few heavy weights carry an estimate of a policy unlike the logging one: the interval is Student's, with as many
    degrees of freedom as the squared residuals' own spread says (Satterthwaite 1946).
    """
    value = won.sum() / whole.sum()
    residual, viewers = won - value * whole, len(won)
    squares = float((residual**2).sum())
    error = np.sqrt(squares * viewers / max(viewers - 1, 1)) / whole.sum()
    share = residual**2 / max(squares, np.finfo(float).tiny)
    freedom = 2 / max(float((share**2).sum()) - 1 / viewers, 1 / viewers)
    reach = float(student.ppf((1 + _LEVEL) / 2, max(freedom, 1.0)) * error)
    return Estimate(float(value), float(value - reach), float(value + reach), effective)
