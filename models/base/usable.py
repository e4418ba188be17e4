"""Finds rows with values that are infinite as float32, which no model can take. NaN (not known) is allowed."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

MOST = float(np.finfo(np.float32).max)


def unusable(
    table: pd.DataFrame, ids: Sequence[str] | pd.Series, least: float = -MOST, most: float = MOST
) -> dict[str, str]:
    """The id of each row with a value outside of the limits → the first column that holds one, and what it holds.

    Args:
        table: columns of numbers.
        ids: whose row each is; of several such rows of one id the first is reported.
    """
    values = table.to_numpy(dtype=np.float64, na_value=np.nan)
    broken = (values < least) | (values > most)  # NaN is neither
    rows = np.flatnonzero(broken.any(axis=1))
    names, columns = np.asarray(ids, dtype=object), broken.argmax(axis=1)
    found: dict[str, str] = {}
    for row in rows:
        found.setdefault(str(names[row]), f"{table.columns[columns[row]]} is {values[row, columns[row]]:g}")
    return found
