"""The outcomes of campaigns: who took the film up, and the estimated uplift of the trailer."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from jobs import decisions
from models.base.columns import AT, FILM, VIEWER
from models.uplift.curve import weighed
from pipelines.campaigns.inputs import WINDOW_DAYS, CampaignInputs
from pipelines.platform.context import Context
from pipelines.platform.deadlines import Deadlines
from streaming.schema.bounds import DAY_MS

FloatArray = npt.NDArray[np.float64]


def observed(context: Context, number: int) -> pd.DataFrame:
    """Read from the lake the outcomes of earlier cycles' campaigns that are over, until they expire."""
    known = CampaignInputs.read(context, number)
    since = Deadlines.of(context.ledger, number).since(decisions.TERMS[decisions.CAMPAIGNS])
    return join_actuals(known.over[known.over["cycle"] >= since], known.interactions)


def taken_up(campaign: pd.DataFrame, interactions: pd.DataFrame) -> FloatArray:
    """1 for each viewer of a campaign (rows of `decisions/campaigns`) who took its film up in time, else 0."""
    first = campaign.iloc[0]
    until = first["occurred_at"] + WINDOW_DAYS * DAY_MS
    of_film = interactions[interactions[FILM] == first[FILM]]
    took = of_film[(of_film[AT] > first["occurred_at"]) & (of_film[AT] <= until)]
    return np.asarray(campaign[VIEWER].isin(took[VIEWER]), dtype=np.float64)


def join_actuals(made: pd.DataFrame, interactions: pd.DataFrame) -> pd.DataFrame:
    """Campaigns that are over, as rows of `jobs.feedback.ACTUALS`: the mean uplift, as expected and as estimated.

    Args:
        made: rows of `decisions/campaigns`.
        interactions: viewer_id, film_id, occurred_at (when first taken up), strength.
    """
    return pd.DataFrame(
        [_outcome_of_campaign(campaign, interactions) for _, campaign in made.groupby("campaign_id")],
        columns=["cycle", "decision_id", FILM, "date", "predicted", "actual", "covered", "at"],
    )


def _outcome_of_campaign(campaign: pd.DataFrame, interactions: pd.DataFrame) -> dict[str, Any]:
    """A campaign's expected uplift, and that estimated from who took the film up, as a row of ACTUALS."""
    first = campaign.iloc[0]
    shown, propensity = (campaign[name].to_numpy(dtype=np.float64) for name in ("shown", "propensity"))
    at = int(first["occurred_at"]) + WINDOW_DAYS * DAY_MS
    return {
        "cycle": int(first["cycle"]),
        "decision_id": first["campaign_id"],
        FILM: first[FILM],
        "date": pd.Timestamp(at, unit="ms").date(),
        "predicted": float(campaign["uplift"].mean()),
        "actual": float(weighed(shown, propensity, taken_up(campaign, interactions)).mean()),
        "covered": None,
        "at": at,
    }


def accuracy_by_cycle(outcomes: pd.DataFrame) -> dict[int, dict[str, Any]]:
    """Cycle → of its campaigns that are over: how many, and the mean uplift a viewer as expected and as estimated."""
    return {
        int(str(cycle)): {
            "came": len(group),
            "expected": float(group["predicted"].mean()) if group["predicted"].notna().all() else None,
            "added": float(group["actual"].mean()),
        }
        for cycle, group in outcomes.groupby("cycle")
    }
