"""Which tastes rise and which fall, with the false discovery rate controlled."""

import numpy as np
import pandas as pd
from scipy import stats

from models.audience.disclosure import KEYS

_BEFORE = 4  # periods that the newest one is held against
_FALSE = 0.1  # of the trends that are called so
COLUMNS = (*KEYS, "share", "before", "change", "low", "high", "trend")


def trends(releases: pd.DataFrame, level: float = 0.8) -> pd.DataFrame:
    """Compare the newest period's shares with the mean of up to four before it: which tastes rise and which fall.

    A change is called `rising` or `falling` where it is one of those that Benjamini and Hochberg's procedure (1995)
    calls at a false discovery rate of 10 %, and `steady` elsewhere. Errors of two periods are taken as independent;
    those of the same viewers go together, which makes the intervals too wide rather than too narrow.

    Args:
        releases: period, `disclosure.RELEASED`; a period is released as a whole.
        level: of the interval of the change.

    Returns:
        COLUMNS, of the cells that stand in the newest period and one before; none where there is one period.
    """
    periods = np.sort(releases["period"].unique())
    if len(periods) < 2:
        return pd.DataFrame(columns=list(COLUMNS))
    earlier = releases[releases["period"].isin(periods[-1 - _BEFORE : -1])]
    before = earlier.assign(variance=earlier["error"] ** 2).groupby(list(KEYS))
    known = before.agg(before=("share", "mean"), variance=("variance", "mean"), times=("share", "size"))
    both = releases[releases["period"] == periods[-1]].set_index(list(KEYS)).join(known, how="inner").reset_index()
    if both.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    change = both["share"] - both["before"]
    error = np.sqrt(both["error"] ** 2 + both["variance"] / both["times"]).clip(lower=1e-9)
    found = stats.false_discovery_control(2 * stats.norm.sf(change.abs() / error)) <= _FALSE
    half = stats.norm.ppf((1 + level) / 2) * error
    called = np.where(~found, "steady", np.where(change > 0, "rising", "falling"))
    named = both.assign(change=change, low=change - half, high=change + half, trend=called)
    return pd.DataFrame(named[list(COLUMNS)])
