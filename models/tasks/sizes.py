"""Expected sizes of films, by which rivals are weighted: each by a model fitted to the films before it."""

import numpy as np
import pandas as pd

from models.estimators.cases import FEWEST
from models.estimators.linear import Linear
from models.films.prerelease import SIZE
from models.outlook.memory import shifts
from models.tasks.task import Task

_EVERY = 365  # days between two fits


def sizes(task: Task, films: pd.DataFrame, until: int | None = None) -> pd.Series:
    """Log dollars by film_id; films before there was anything to learn from keep the size by facts.

    Args:
        task: what films take in all, before release.
        films: in the order of the task's cases.
        until: the day number after which nothing more is learned; errors of what was learned still count.
    """
    cases, made = task.cases, task.cases.table[SIZE].to_numpy().copy()
    first, last = int(cases.at.min()), int(cases.at.max())
    for begin in range(first, last + 1, _EVERY):
        known = np.isfinite(task.outcome) & (cases.known <= min(begin, until or begin))
        asked = (cases.at >= begin) & (cases.at < begin + _EVERY)
        if known.sum() >= 10 * FEWEST and asked.any():
            model = Linear(loss="squared").fit(cases.take(known), task.outcome[known])
            made[asked] = model.predict(cases.take(asked))
    if cases.kin is not None:
        made = made + shifts(cases.kin, cases.at, cases.known, task.seen - made)
    return pd.Series(made, index=pd.Index(films["film_id"], name="film_id"))
