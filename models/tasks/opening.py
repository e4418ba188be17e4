"""Task: a film's domestic gross of its first three days, from what is known before it opens."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.base.days import day_number
from models.films.past import FloatArray, PastReleases
from models.tasks.task import Task

DAYS = 3  # from Friday on, where a film opens on one


def opening_task(totals: Task, films: pd.DataFrame, past: PastReleases, learn: npt.NDArray[np.bool_]) -> Task:
    """The cases of `totals`, asked for the first days in place of all.

    Args:
        totals: as `totals_task` makes it.
        films: in the order of its cases.
        learn: films from which models may learn, where their first days are known.
    """
    outcome = totals.cases.logs(first_days(films, past))
    cases = replace(totals.cases, known=day_number(films["opens"]) + DAYS)
    return replace(totals, cases=cases, outcome=outcome, learn=learn & np.isfinite(outcome), seen=outcome)


def first_days(films: pd.DataFrame, past: PastReleases) -> FloatArray:
    """Dollars of the first days from the opening on; NaN where nothing is reported of them."""
    place, opens = pd.Index(past.films["film_id"]).get_indexer(pd.Index(films["film_id"])), day_number(films["opens"])
    before, after = (past.gross(np.maximum(place, 0), opens + days, "domestic") for days in (0, DAYS))
    taken = after - np.nan_to_num(before)
    return np.where((place >= 0) & (taken > 0), taken, np.nan)
