"""The outcomes of published outlooks: what their films took, once their run is over."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from jobs import decisions
from models.base.columns import DATE, FILM, GROSS
from models.base.days import day_number
from pipelines.forecasting.openings.decide import today_of
from pipelines.lake import outbox
from pipelines.lake.box_office import BoxOfficeHistory
from pipelines.platform.context import Context
from streaming.schema.bounds import DAY_MS

NO_OUTCOMES = pd.DataFrame(columns=["cycle", "lead", "decision_id", FILM, DATE, "predicted", "actual", "covered", "at"])
_OVER, _QUIET, _LONGEST = 42, 14, 180  # days of a run, without a report after them, and of any run


def observed(context: Context, number: int, history: Callable[[], BoxOfficeHistory]) -> pd.DataFrame:
    """Outcomes of the outlooks of earlier cycles, as `join_actuals` returns them."""
    published = outbox.awaited(context, decisions.OUTLOOKS, number)
    if published is None:
        return NO_OUTCOMES
    return join_actuals(published, totals_of_ended_runs(history(), today_of(context.ledger.read(number)["as_of"])))


def totals_of_ended_runs(history: BoxOfficeHistory, today: int) -> pd.DataFrame:
    """Films whose run is over: film_id, actual (US dollars in all, more than 0), date (the last day reported).

    A run is over when nothing has been reported of it for two weeks, six weeks after the opening at the earliest; half
    a year after it in any case.
    """
    runs = history.daily.groupby(FILM).agg(actual=(GROSS, "sum"), last=(DATE, "max"))
    runs = runs[runs["actual"] > 0]  # of nothing no error is a share
    opens = history.films.set_index(FILM)["opens"].reindex(runs.index)
    known = runs[opens.notna()].assign(opens=day_number(opens.dropna()))
    quiet = today - day_number(known["last"]) > _QUIET
    since = today - known["opens"].to_numpy()
    over = known[(quiet & (since >= _OVER)) | (since >= _LONGEST)]
    return over.rename(columns={"last": DATE})[["actual", DATE]].reset_index()


def join_actuals(published: pd.DataFrame, totals: pd.DataFrame) -> pd.DataFrame:
    """Rows of `decisions/outlooks` whose film's run is over, as rows of `jobs.feedback.ACTUALS`.

    Args:
        totals: as `totals_of_ended_runs` returns them.
    """
    both = published.merge(totals, on=FILM, how="inner")
    return pd.DataFrame(
        {
            "cycle": both["cycle"].astype(int),
            "lead": both["lead"].astype(int),
            "decision_id": both["outlook_id"],
            FILM: both[FILM],
            DATE: pd.to_datetime(both[DATE]).dt.date,
            "predicted": both["q50"],
            "actual": both["actual"],
            "covered": both["actual"].between(both["q10"], both["q90"]),
            "at": (day_number(both[DATE]) + 1) * DAY_MS - 1,
        }
    )


def accuracy_by_cycle(outcomes: pd.DataFrame) -> dict[int, dict[str, dict[str, Any]]]:
    """Cycle → lead → of its outlooks with an outcome: how many, their median absolute error, the share covered."""
    sums: dict[int, dict[str, dict[str, Any]]] = {}
    rows = outcomes.assign(off=(outcomes["predicted"] / outcomes["actual"] - 1).abs())
    for named, group in rows.groupby(["cycle", "lead"]):
        cycle, lead = (int(str(number)) for number in named)
        sums.setdefault(cycle, {})[str(lead)] = {
            "came": len(group),
            "came_mdape": float(np.median(group["off"])),
            "came_cover80": float(group["covered"].mean()),
        }
    return sums
