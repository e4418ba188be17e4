"""How good recommendations and forecasts are, and whether one model is better than another.

Recommendations are scored by the full ranking of the catalogue, never by sampled candidates: a viewer without
a list scores zero, and films that were already seen are struck out before ranks are counted.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import bootstrap

from models.base.columns import FILM, RANK, VIEWER
from models.base.errors import UnpairedUnits

FloatArray = npt.NDArray[np.float64]
_PAIR = [VIEWER, FILM]


def unseen_targets(history: pd.DataFrame, future: pd.DataFrame) -> pd.DataFrame:
    """What can be recommended rightly: rows of `future` by viewers with a history, the film new to them.

    Returns:
        Columns viewer_id and film_id, each pair once, in the order of `future`.
    """
    pairs = future.loc[future[VIEWER].isin(history[VIEWER]), _PAIR].drop_duplicates(ignore_index=True)
    seen = pd.MultiIndex.from_frame(history[_PAIR])
    return pairs[~pd.MultiIndex.from_frame(pairs).isin(seen)].reset_index(drop=True)


def ndcg_at(recommended: pd.DataFrame, targets: pd.DataFrame, k: int = 10) -> pd.Series:
    """Normalised discounted cumulative gain (Järvelin, Kekäläinen 2002) with binary gain, per viewer.

    Args:
        recommended: viewer_id, film_id, rank; viewers without targets do not count.
        targets: viewer_id, film_id: what each viewer watched next.
        k: how far down the lists count.

    Returns:
        Values in 0–1 indexed by viewer_id, ascending, for each viewer of `targets`.
    """
    hits = _hits(recommended, targets, k)
    gain = pd.Series(discounts(k)[hits[RANK].to_numpy() - 1]).groupby(hits[VIEWER].to_numpy()).sum()
    wanted = targets.drop_duplicates(_PAIR).groupby(VIEWER).size()
    return gain.reindex(wanted.index, fill_value=0.0).astype(float) / _ideal(wanted, k)


def chance_ndcg_at(targets: pd.DataFrame, candidates: int, k: int = 10) -> pd.Series:
    """What `ndcg_at` comes to in the mean when `candidates` films, the targets among them, are in random order.

    Returns:
        Values in 0–1 indexed by viewer_id, ascending, for each viewer of `targets` (viewer_id, film_id).
    """
    wanted = targets.drop_duplicates(_PAIR).groupby(VIEWER).size()
    gain = wanted / candidates * discounts(min(k, candidates)).sum()
    return pd.Series(gain / _ideal(wanted, k))


def coverage_at(recommended: pd.DataFrame, catalogue: Iterable[str], k: int = 10) -> float:
    """The share of the catalogue, which is not empty, that is among the first `k` of at least one viewer."""
    films, lists = set(catalogue), _ranks_without_gaps(recommended)
    return len(set(lists.loc[lists[RANK] <= k, FILM]) & films) / len(films)


def wape(actual: FloatArray, predicted: FloatArray) -> float:
    """Weighted absolute percentage error, Σ|actual − predicted| / Σ|actual|: 0 is perfect."""
    return float(np.abs(actual - predicted).sum() / np.abs(actual).sum())


def coverage80(actual: FloatArray, low: FloatArray, high: FloatArray) -> float:
    """The share of actuals inside [low, high]: 0.8 is wanted of an 80 % interval."""
    return float(np.mean((actual >= low) & (actual <= high)))


@dataclass(frozen=True)
class PairedComparison:
    """A candidate against what serves, on the same units; a positive difference: the candidate is better."""

    units: int
    mean: float  # difference
    low: float  # of the 90 % interval of the mean difference
    high: float

    @property
    def better(self) -> bool:
        """Whether the candidate is better at all, at a one-sided level of 5 %."""
        return self.low > 0


def paired_comparison(
    candidate: pd.Series | FloatArray,
    serving: pd.Series | FloatArray,
    higher_is_better: bool = True,
    draws: int = 2000,
    seed: int = 0,
) -> PairedComparison:
    """Compare two models by the mean of their differences per unit, with a bootstrap interval over units.

    One unit gives no interval: it runs from −∞ to ∞, and nothing is shown.

    Args:
        candidate: a metric, one value a unit (viewer, film): a Series indexed by unit, or an array.
        serving: the same of the other model: a Series with the same units in any order, or an array in the
            order of the candidate's.
        higher_is_better: false for errors; the sign of the differences is then turned.
        draws: bootstrap samples (percentile method: Efron, Tibshirani 1993).
        seed: of the bootstrap.

    Raises:
        UnpairedUnits: the two do not have the same units, or there is none.
    """
    ours, theirs = pd.Series(candidate), pd.Series(serving)
    _refuse_unpaired(ours.index, theirs.index)
    sign = 1.0 if higher_is_better else -1.0
    differences = sign * (ours.sort_index() - theirs.sort_index()).to_numpy(dtype=np.float64)
    low, high = mean_interval(pd.Series(differences), draws, seed)
    return PairedComparison(len(differences), float(differences.mean()), low, high)


def ratio_interval(
    values: pd.Series, base: pd.Series, draws: int = 2000, seed: int = 0, level: float = 0.9
) -> tuple[float, float]:
    """The bootstrap interval of mean(values) / mean(base) over their common units; UnpairedUnits if they differ."""
    _refuse_unpaired(values.index, base.index)
    pairs = (values.sort_index().to_numpy(), base.sort_index().to_numpy())

    def ratio(ours: FloatArray, theirs: FloatArray, axis: int) -> Any:
        """The ratio of the two means."""
        return ours.mean(axis=axis) / theirs.mean(axis=axis)

    return _bootstrapped(pairs, ratio, draws, seed, level)


def mean_interval(values: pd.Series, draws: int = 2000, seed: int = 0, level: float = 0.9) -> tuple[float, float]:
    """The interval of the mean by bootstrap over units (percentile); from −∞ to ∞ for a single unit."""
    if len(values) < 2:
        return -np.inf, np.inf
    return _bootstrapped((values.to_numpy(dtype=np.float64),), np.mean, draws, seed, level)


def _bootstrapped(
    samples: tuple[FloatArray, ...], statistic: Callable[..., Any], draws: int, seed: int, level: float = 0.9
) -> tuple[float, float]:
    """The interval of a statistic of samples of the same units, by the percentiles of its bootstrap."""
    drawn = bootstrap(
        samples,
        statistic,
        paired=True,
        confidence_level=level,
        n_resamples=draws,
        batch=100,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    return float(drawn.confidence_interval.low), float(drawn.confidence_interval.high)


def _refuse_unpaired(candidate: pd.Index, serving: pd.Index) -> None:
    """Raises UnpairedUnits where the two do not have the same units, each once."""
    apart = len(candidate.symmetric_difference(serving))
    repeated = candidate.has_duplicates or serving.has_duplicates
    if apart or repeated or candidate.empty:
        raise UnpairedUnits(
            f"the candidate has {len(candidate)} values and the serving model {len(serving)}; {apart} units are in one "
            f"only, repeated: {repeated}. Score both on the same hold-out, one value a unit."
        )


def discounts(k: int) -> FloatArray:
    """What a hit gains at each of the first `k` ranks, shape (k,)."""
    return 1 / np.log2(np.arange(2, k + 2))


def _ideal(wanted: pd.Series, k: int) -> FloatArray:
    """The greatest gain that a list of `k` can have, for so many targets of each viewer."""
    return np.asarray(np.cumsum(discounts(k))[np.minimum(wanted.to_numpy(), k) - 1])


def _hits(recommended: pd.DataFrame, targets: pd.DataFrame, k: int) -> pd.DataFrame:
    """The recommended targets within the first `k` ranks."""
    lists = _ranks_without_gaps(recommended)
    return lists[lists[RANK] <= k].merge(targets[_PAIR].drop_duplicates(), how="inner", on=_PAIR)


def _ranks_without_gaps(recommended: pd.DataFrame) -> pd.DataFrame:
    """Lists with each film once and ranks counted anew from 1."""
    lists = recommended[[*_PAIR, RANK]].sort_values([VIEWER, RANK], kind="stable")
    lists = lists.drop_duplicates(_PAIR, ignore_index=True)
    return lists.assign(**{RANK: lists.groupby(VIEWER).cumcount() + 1})
