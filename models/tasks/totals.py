"""Tasks: a film's gross in all, at home or in the world, and of its first days, from what is known before it opens."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.base.days import day_number
from models.estimators.cases import FEWEST, Cases, FloatArray, IntArray
from models.estimators.linear import Linear
from models.estimators.protocol import Estimator
from models.estimators.stack import Stack
from models.estimators.trees import Trees
from models.films.past import SETTLED, PastReleases
from models.films.prerelease import SIZE
from models.outlook.memory import shifts
from models.tasks.task import Task

DAYS = 3  # of the first days: from Friday on, where a film opens on one
_RUN = 42  # days after which a film has taken nearly all that it takes at home
_FEWEST_FOR_A_NETWORK = 500  # films
_EVERY = 365  # days between two fits of expected sizes
_KIN = {"distributor": None, "genres": None, "companies": 4, "stars": 4}


def totals_task(
    films: pd.DataFrame,
    table: pd.DataFrame,
    gross: FloatArray,
    learn: npt.NDArray[np.bool_],
    lead: int,
    past: PastReleases | None = None,
) -> Task:
    """The forecasting task: one case for each film, its outcome the gross in all.

    Args:
        films: as in `models/films/prerelease.py`, with film_id and opens.
        table: its prerelease table, `lead` days before each film opens.
        gross: dollars taken in all; NaN where not known.
        learn: films from which models may learn.
        past: where the gross at home six weeks after the opening is looked up; None for worldwide grosses, of which
            nothing is known until they are final.
    """
    opens = day_number(films["opens"])
    cases = Cases(
        table=table,
        offset=np.zeros(len(films)),
        weight=np.ones(len(films)),
        slot=np.zeros(len(films), dtype=np.int64),
        at=opens - lead,
        known=opens + (_RUN if past else SETTLED),
        floor=1.0,
        kin=kin_of(films),
    )
    seen = gross if past is None else _seen(films, past, cases.known, gross, learn)
    return Task(cases, cases.logs(gross), learn, ~learn, films[["film_id"]], totals_stack, cases.logs(seen))


def opening_task(totals: Task, films: pd.DataFrame, past: PastReleases, learn: npt.NDArray[np.bool_]) -> Task:
    """The same cases as `totals`, with the gross of the first days as outcome; `totals` stays as it is.

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


def kin_of(films: pd.DataFrame) -> pd.DataFrame:
    """The names by which errors of films are related: tuples, a column a kind that the films have."""
    kinds = {kind: most for kind, most in _KIN.items() if kind in films}
    return pd.DataFrame(
        {kind: films[kind].map(lambda value, n=most: _tuple(value)[:n]) for kind, most in kinds.items()}
    )


def totals_stack(seed: int) -> Stack:
    """A new stack of estimators for a few thousand films: small, and much held back."""
    from models.estimators.network import Network  # brings torch, which a verb does without

    return Stack([Linear(), Network(), Trees(depth=4, rounds=500, fewest=8, columns=0.4)], "squared", seed)


def cycle_stack(films: int, seed: int) -> Stack:
    """A new stack for a cycle, which has seconds: one of each member, and two folds on the later half of the films.

    With fewer than 500 films the network is left out: its quantiles are not learned well from so few.
    """
    trees = Trees(repeats=1, depth=4, rounds=250, learning_rate=0.05, fewest=8, columns=0.4)
    parts: list[Estimator] = [Linear(), trees]
    if films >= _FEWEST_FOR_A_NETWORK:
        from models.estimators.network import Network  # brings torch, which a verb does without

        parts.insert(1, Network(repeats=1, epochs=8))
    return Stack(parts, "squared", seed, folds=2, first=0.5)


def sizes(task: Task, films: pd.DataFrame, until: int | None = None) -> pd.Series:
    """Expected sizes of films, by which rivals are weighted; fits a model every so many days, to earlier films.

    Log dollars by film_id; films before there was anything to learn from keep the size by facts.

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


def _seen(
    films: pd.DataFrame, past: PastReleases, known: IntArray, gross: FloatArray, learn: npt.NDArray[np.bool_]
) -> FloatArray:
    """What the gross so far, on the day `known`, lets expect of the whole: scaled as was usual among the learned."""
    place = pd.Index(past.films["film_id"]).get_indexer(pd.Index(films["film_id"]))
    so_far = np.where(place >= 0, past.gross(np.maximum(place, 0), known, "domestic"), np.nan)
    usual = np.nanmedian((gross / so_far)[learn])
    return so_far * usual


def _tuple(value: object) -> tuple[str, ...]:
    """A name or names as a tuple; empty for anything else."""
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, str) else ()
