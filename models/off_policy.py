"""What a policy would have earned on slates that another policy made: from their exact propensities and rewards.

A film's chance to be taken is taken to be its attraction times whether its place is looked at, the position-based
click model: so what a policy gives a film is *exposure*, its places' chances to be looked at, weighed with how
probably the policy shows it there. A shown film is re-weighted by the exposure that the new policy gives it over the
one that it had. Exposures are exact, since propensities are; only how often each place is looked at is estimated.

Sources: Li, Abbasi-Yadkori, Kveton, Muthukrishnan, Vinay, Wen (2018), Offline Evaluation of Ranking Policies with
Click Models; Swaminathan, Joachims (2015), The Self-Normalized Estimator for Counterfactual Learning; Dudík,
Langford, Li (2011), Doubly Robust Policy Evaluation and Learning.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize_scalar
from scipy.stats import t as student

Floats = npt.NDArray[np.float64]

SLATE, VIEWER, FILM, POSITION, PROPENSITY, REWARD, RANKED = (
    "slate_id",
    "viewer_id",
    "film_id",
    "position",
    "propensity",
    "reward",
    "ranked",
)
LOGGED = (SLATE, VIEWER, FILM, POSITION, PROPENSITY, REWARD, RANKED)
_LEVEL = 0.9
_STEEPEST = 3.0  # of examination's fall with position
_TYPICAL_SLOPE, _SLOPES_DIFFER = 0.5, 0.5  # what is expected of it before anybody clicked, and how surely
_PRIOR = 20.0  # looks that a film's attraction is shrunk by towards the mean


@dataclass(frozen=True)
class Estimate:
    """Rewards a slate: the estimate, its 90 % interval, and how many slates' worth of evidence it rests on."""

    value: float
    low: float
    high: float
    effective: float


@dataclass(frozen=True)
class Target:
    """A policy on the logged slates: the films that it would rank for each, and how many others it draws from.

    `ranked` has slate_id, film_id and position (from 1); `pool` is the number of films, by slate_id, among which the
    exploring places are drawn; `epsilon` is how probably a place explores.
    """

    ranked: pd.DataFrame
    pool: pd.Series
    epsilon: float


def examination(logged: pd.DataFrame) -> Floats:
    """How probably each place is looked at, beside the first: place ** -η, with η of the highest posterior.

    Only films that chance put in their place say it: elsewhere the better films stand higher up. Their clicks are few,
    and five of them alone would say anything from 0 to the steepest: a normal prior keeps η near what is usual.
    """
    depth = int(logged[POSITION].max())
    drawn = logged[~logged[RANKED]].groupby(POSITION)[REWARD].agg(["sum", "count"]).reindex(range(1, depth + 1))
    taken, shown = drawn["sum"].fillna(0).to_numpy(float), drawn["count"].fillna(0).to_numpy(float)
    places = np.arange(1, depth + 1, dtype=np.float64)

    def loss(slope: float) -> float:
        looked = places**-slope
        told = taken @ np.log(looked) - taken.sum() * np.log(shown @ looked) if taken.sum() else 0.0
        return float(((slope - _TYPICAL_SLOPE) / _SLOPES_DIFFER) ** 2 / 2 - told)

    return np.asarray(places ** -minimize_scalar(loss, bounds=(0, _STEEPEST), method="bounded").x)


def snips(logged: pd.DataFrame, target: Target, looked: Floats) -> Estimate:
    """The self-normalised estimate: films as often taken for a look as the re-weighted log says, times all looks."""
    weight = exposure_ratio(logged, target, looked)
    looks = looked[logged[POSITION].to_numpy() - 1]
    total = float(looked.sum())
    sums = _by_viewer(logged, {"won": weight * logged[REWARD].to_numpy(float), "looks": weight * looks / total})
    return _interval(sums["won"].to_numpy(), sums["looks"].to_numpy(), _effective(weight, looks, total))


def ips(logged: pd.DataFrame, target: Target, looked: Floats) -> Estimate:
    """The plain estimate: unbiased where `looked` is right, and the widest."""
    weight = exposure_ratio(logged, target, looked)
    looks = looked[logged[POSITION].to_numpy() - 1]
    sums = _by_viewer(logged, {"won": weight * logged[REWARD].to_numpy(float)}).assign(slates=_slates(logged))
    effective = _effective(weight, looks, float(looked.sum()))
    return _interval(sums["won"].to_numpy(), sums["slates"].to_numpy(float), effective)


def doubly_robust(logged: pd.DataFrame, target: Target, looked: Floats) -> Estimate:
    """A model of films' attraction, corrected by the log where it is wrong: right if either of the two is.

    The attraction of a film is its shrunk rate of being taken for a look, learned from the other half of the viewers.
    """
    won, effective = _corrected(logged, target, looked)
    return _interval(won, _slates(logged).to_numpy(float), effective)


def difference(logged: pd.DataFrame, candidate: Target, other: Target, looked: Floats) -> Estimate:
    """How much more a slate of one policy earns than one of another, doubly robust, the same slates for both."""
    (won, effective), (others, least) = (_corrected(logged, target, looked) for target in (candidate, other))
    return _interval(won - others, _slates(logged).to_numpy(float), min(effective, least))


def _corrected(logged: pd.DataFrame, target: Target, looked: Floats) -> tuple[Floats, float]:
    """What the model of attraction expects of each viewer's slates, put right by the log; and its evidence."""
    weight = exposure_ratio(logged, target, looked)
    looks = looked[logged[POSITION].to_numpy() - 1]
    half = pd.util.hash_array(logged[VIEWER].to_numpy(dtype=object)) % 2
    won, expected = np.zeros(len(logged)), pd.Series(0.0, index=pd.Index(logged[SLATE].unique()))
    for side in (0, 1):
        mine = half == side
        attraction = _attraction(logged[~mine], looks[~mine])
        guess = logged[FILM].map(attraction.films).fillna(attraction.mean).to_numpy(float)
        won[mine] = (weight * (logged[REWARD].to_numpy(float) - guess * looks))[mine]
        slates = logged.loc[mine, SLATE].unique()
        expected.loc[slates] = _expected(target, attraction, looked, slates)
    viewers = logged.drop_duplicates(SLATE).set_index(SLATE)[VIEWER].reindex(expected.index)
    model = expected.groupby(viewers.to_numpy()).sum()
    sums = _by_viewer(logged, {"won": won})["won"] + model
    return sums.to_numpy(), _effective(weight, looks, float(looked.sum()))


def exposure_ratio(logged: pd.DataFrame, target: Target, looked: Floats) -> Floats:
    """For each shown film, the exposure that the new policy gives it over the one that the logging policy gave."""
    had = _exposure(logged, looked)
    places = target.ranked[[SLATE, FILM, POSITION]].rename(columns={POSITION: "wanted"})
    wanted = logged[[SLATE, FILM]].merge(places, on=[SLATE, FILM], how="left")["wanted"]
    chosen = wanted.notna().to_numpy()
    pool = logged[SLATE].map(target.pool).to_numpy(float)
    drawn = target.epsilon * looked.sum() / np.maximum(pool, 1)
    kept = (1 - target.epsilon) * looked[wanted.fillna(1).to_numpy(int) - 1]
    return np.where(chosen, kept, drawn) / had


def _exposure(logged: pd.DataFrame, looked: Floats) -> Floats:
    """A ranked film has its one place; one that chance drew could as well have stood at any other."""
    looks = np.where(logged[RANKED], looked[logged[POSITION].to_numpy() - 1], looked.sum())
    return np.asarray(logged[PROPENSITY].to_numpy(float) * looks)


@dataclass(frozen=True)
class _Attraction:
    films: pd.Series
    mean: float


def _attraction(logged: pd.DataFrame, looks: Floats) -> _Attraction:
    sums = (
        pd.DataFrame({"taken": logged[REWARD].to_numpy(float), "looks": looks}).groupby(logged[FILM].to_numpy()).sum()
    )
    mean = float(sums["taken"].sum() / max(sums["looks"].sum(), 1e-9))
    return _Attraction((sums["taken"] + _PRIOR * mean) / (sums["looks"] + _PRIOR), mean)


def _expected(target: Target, attraction: _Attraction, looked: Floats, slates: npt.NDArray[np.object_]) -> pd.Series:
    """What the model expects of the new policy's slates; of the drawn films, those that are not ranked, the mean."""
    ranked = target.ranked[target.ranked[SLATE].isin(slates)]
    worth = ranked[FILM].map(attraction.films).fillna(attraction.mean).to_numpy(float)
    kept = (1 - target.epsilon) * worth * looked[ranked[POSITION].to_numpy() - 1]
    drawn = target.epsilon * float(looked.sum()) * float(attraction.films.mean())
    return pd.Series(kept).groupby(ranked[SLATE].to_numpy()).sum().reindex(slates, fill_value=0.0) + drawn


def _by_viewer(logged: pd.DataFrame, columns: dict[str, Floats]) -> pd.DataFrame:
    """Sums a viewer: whose answers hang together, so that viewers and not films are drawn anew."""
    return pd.DataFrame(columns).groupby(logged[VIEWER].to_numpy()).sum()


def _slates(logged: pd.DataFrame) -> pd.Series:
    return logged.groupby(VIEWER)[SLATE].nunique()


def _effective(weight: Floats, looks: Floats, total: float) -> float:
    """Kish's effective number of slates: that many from the new policy itself would say as much."""
    mass = weight * looks
    return float(mass.sum() ** 2 / max((mass**2).sum(), 1e-12) * looks.mean() / total) if len(mass) else 0.0


def _interval(won: Floats, whole: Floats, effective: float) -> Estimate:
    """The ratio of two sums over viewers, `won` and `whole`, with its interval by linearisation.

    Few heavy weights carry an estimate of a policy unlike the logging one: the interval is Student's with as many
    degrees of freedom as there are slates' worth of evidence, less one.
    """
    value = won.sum() / whole.sum()
    residual = won - value * whole
    error = float(np.sqrt((residual**2).sum() * len(won) / max(len(won) - 1, 1))) / whole.sum()
    reach = float(student.ppf((1 + _LEVEL) / 2, max(effective - 1, 1.0))) * error
    return Estimate(float(value), float(value - reach), float(value + reach), effective)
