"""What the candidate would have earned on the slates that people were shown last, beside what serves, off-policy."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow.compute as pc

from jobs import decisions
from models.base import columns
from models.evaluation.off_policy.estimates import Estimate, difference, doubly_robust
from models.evaluation.off_policy.examination import examination
from models.evaluation.off_policy.log import LOGGED, Target
from models.recommenders.protocol import Recommender
from models.recommenders.variety import Variety
from pipelines.lake import catalogue, delta
from pipelines.lake.sequences import Sequences
from pipelines.platform import settings
from pipelines.platform.context import Context
from pipelines.platform.deadlines import Deadlines
from pipelines.promotion.crowd import LOOKED_BACK, standing
from pipelines.promotion.slate_answers import answered
from pipelines.recommending import policy
from pipelines.recommending.slates import SLATE_SIZE, shortlists

_SHOWN = ["slate_id", "viewer_id", "film_id", "position", "propensity", "score", "cycle", "occurred_at"]
_MEASURE = "clicks a slate, off-policy"


def compare(
    context: Context,
    number: int,
    sequences: Callable[[int], Sequences],
    serving: Recommender | None,
    variety: Variety,
    candidate: Recommender,
    fitted: int,
) -> dict[str, Any] | None:
    """Compare the candidate off-policy with what serves, on the last cycle's slates as the lake has them.

    None where nothing serves, where no slate was seen by anybody (replayed history), where the candidate, fitted on
    what was known at `fitted`, has seen what became of them, or where the films of those slates are kept no longer.
    """
    if serving is None:
        return None
    crowd = standing(context, number)
    shown = crowd.choosing(_shown(context, number))
    if shown.empty:
        return None
    cycle = int(shown["cycle"].max())
    last = shown[shown["cycle"] == cycle]
    moment = int(last["occurred_at"].min())
    if moment < fitted or cycle < number - settings.kept_cycles():
        return None
    past, films = sequences(moment), _films_then(context, cycle)
    ours, theirs = (_target(model, variety, last, past, films) for model in (candidate, serving))
    looked = examination(shown)
    gain = difference(last, ours, theirs, looked)
    value, other = (doubly_robust(last, target, looked) for target in (ours, theirs))
    intervals = [gain, *(_gain(each, shown, ours, theirs) for each in crowd.without_each(last))]
    return {
        "against": "what serves",
        "measure": _MEASURE,
        "units": int(last["slate_id"].nunique()),
        "candidate": value.value,
        "other": other.value,
        "gain": gain.value,
        "low": min(each.low for each in intervals),
        "high": max(each.high for each in intervals),
        "effective_slates": gain.effective,
    }


def _gain(last: pd.DataFrame, shown: pd.DataFrame, ours: Target, theirs: Target) -> Estimate:
    """The off-policy difference of two policies on these slates, place effects learned from their viewers alone."""
    looked = examination(shown[shown[columns.VIEWER].isin(last[columns.VIEWER])])
    return difference(last, ours, theirs, looked)


def _shown(context: Context, number: int) -> pd.DataFrame:
    """Read from the lake the slates of the last weeks that somebody looked at, with what was taken."""
    since = Deadlines.of(context.ledger, number).since(LOOKED_BACK)
    recent = (pc.field("cycle") < number) & (pc.field("cycle") >= since)
    slates = delta.read(context.state.lake, decisions.RECOMMENDATIONS, _SHOWN, recent)
    if slates is None:
        return pd.DataFrame(columns=[*LOGGED, "cycle", "occurred_at"])
    logged = answered(context.state.lake, slates, context.ledger.read(number)["as_of"])
    return logged.assign(ranked=logged["score"].notna())


def _films_then(context: Context, cycle: int) -> list[str]:
    """Read from the lake the films that were out, at the version of `features/film` that the cycle used."""
    rows = delta.read(
        context.state.lake,
        catalogue.TABLE,
        ["film_id"],
        pc.field("released"),
        version=context.ledger.read(cycle)["features"]["film"],
    )
    assert rows is not None, "the cycle that noted the version has written it"
    return sorted(rows["film_id"])


def _target(model: Recommender, variety: Variety, slates: pd.DataFrame, past: Sequences, films: list[str]) -> Target:
    """The exploring policy over a model's varied lists, for the viewers of these slates; the rails set no price."""
    owner = slates.drop_duplicates("slate_id").set_index("viewer_id")["slate_id"]
    listed = shortlists(model, variety, list(owner.index), past.interactions, past.skipped, SLATE_SIZE, films)
    ranked = pd.DataFrame(
        {
            "slate_id": listed[columns.VIEWER].map(owner).to_numpy(),
            "film_id": listed[columns.FILM].to_numpy(),
            "position": listed[columns.RANK].to_numpy(),
        }
    )
    seen = past.rows[past.rows["film_id"].isin(films)].groupby("viewer_id").size()  # taken up, or skipped
    chosen = ranked.groupby("slate_id").size()
    pool = len(films) - seen.reindex(owner.index, fill_value=0).to_numpy() - chosen.reindex(owner).fillna(0).to_numpy()
    return Target(ranked, pd.Series(pool, index=owner.to_numpy()), policy.EPSILON)
