"""Learns uplift from campaigns that are over, and compares a new model with what serves."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd

from jobs.features.interaction_sequence import taken_up_by
from jobs.features.main import read_silver
from models.base.columns import FILM, INTERACTIONS, VIEWER
from models.base.errors import EmptyTraining
from models.uplift.audience import AudienceFeatures
from models.uplift.exposures import Exposures
from models.uplift.model import Uplift
from pipelines.campaigns.decide import table
from pipelines.campaigns.inputs import FAMILY, CampaignInputs, described
from pipelines.campaigns.observe import taken_up
from pipelines.lake import frames
from pipelines.platform.context import Context
from pipelines.platform.errors import Unmeasured
from pipelines.platform.model_registry import Version
from pipelines.promotion import gate, promote

_REMEMBERED = 60  # of the newest campaigns: tastes and trailers change, and a cycle's time is short
_FEWEST_HELD = 5  # campaigns that a model is measured on beside what serves


def train(context: Context, number: int, known: CampaignInputs) -> tuple[Version | None, dict[str, Any]]:
    """Train, register and gate a model where campaigns have ended since; the version to choose by, and a note.

    The version is None while no ranking is shown to be worth more than chance.
    """
    ids = known.over.sort_values(["cycle", "campaign_id"])["campaign_id"].drop_duplicates().tail(_REMEMBERED)
    note: dict[str, Any] = {"over": len(ids), "version": None}
    try:
        made = _newest(context, number, known, ids)
    except EmptyTraining as error:
        return None, {**note, "reason": str(error)}
    served = context.registry.loaded(FAMILY, Uplift.load)
    shown = served[0] if served else made
    if shown is None:
        return None, {**note, "reason": "no campaign is over yet"}
    note |= {"version": shown.name, "qini": float(shown.tags["qini"]), "low": shown.note.get("low")}
    if served is None or not trusted(served[1]):
        return None, {**note, "reason": "its ranking is not shown to be worth more than chance yet"}
    return shown, {**note, "reason": None}


def _newest(context: Context, number: int, known: CampaignInputs, ids: pd.Series) -> Version | None:
    """The newest version: trained and registered where campaigns have ended since, and serving if the gate agrees.

    Raises:
        EmptyTraining: they are too few, or too few viewers answered.
    """
    earlier = promote.newest(context.registry, FAMILY, number)
    made = context.registry.made(FAMILY, number)
    if made is None and len(ids) and (earlier is None or earlier.tags["newest"] != ids.iloc[-1]):
        with suppress(Unmeasured):
            made = _fitted(context, number, known, ids)
    if made:
        promote.settle(context, made)
    return made or earlier


def _fitted(context: Context, number: int, known: CampaignInputs, ids: pd.Series) -> Version:
    """Fit a model to these campaigns, measure it out of bag, and register it; EmptyTraining or Unmeasured if few."""
    chosen = known.over[known.over["campaign_id"].isin(ids)]
    served = context.registry.loaded(FAMILY, Uplift.load, before=number)
    since = _ended_since(chosen, ids, served[0].tags["newest"]) if served else None
    exposures = exposures_of(chosen, known.interactions, known.descriptions, _as_of(context, chosen))
    model = Uplift().fit(exposures)
    if served is None or since is None:
        ours, theirs, against = model.unseen, 0.0 * model.unseen, "a random order"
    else:
        ours, against = model.unseen[model.unseen.index.isin(since)], "what serves"
        theirs = served[1].qini_of(exposures)
    compared = gate.compare(ours, theirs, against, "Qini a viewer", better="higher")
    lineage = {"newest": ids.iloc[-1], "campaigns": len(ids), "qini": model.measured.uplift}
    note = {"comparison": compared, "low": model.measured.low}
    return context.registry.register(FAMILY, model.name, number, model.save, note, **lineage)


def _as_of(context: Context, made: pd.DataFrame) -> Callable[[int], pd.DataFrame]:
    """A function of a moment: what viewers had taken up by then; silver is read by Spark for all starts at once."""
    viewing, moments = read_silver(context.spark, context.lake)["viewing"], sorted(set(made["occurred_at"]))
    dated = frames.interactions_by(taken_up_by(viewing, moments))
    return lambda at: dated.get(at, pd.DataFrame(columns=list(INTERACTIONS)))


def exposures_of(
    made: pd.DataFrame, interactions: pd.DataFrame, told: pd.DataFrame, known: Callable[[int], pd.DataFrame]
) -> Exposures:
    """Campaigns that are over, one at least, as cases for learning uplift, by what was known when each began.

    Args:
        made: rows of `decisions/campaigns`.
        interactions: viewer_id, film_id, occurred_at (when first taken up), strength.
        told: rows of silver/films.
        known: interactions as they stood at a moment (UTC milliseconds): what was seen before may be liked later.

    Raises:
        EmptyTraining: nothing believable is told of any of their films.
    """
    parts = [
        part for _, begun in made.groupby("occurred_at") for part in _begun_together(begun, interactions, told, known)
    ]
    if not parts:
        campaigns = made["campaign_id"].nunique()
        raise EmptyTraining(f"the films of all {campaigns} campaigns were set aside: their numbers are implausible")
    return Exposures.joined(parts)


def _begun_together(
    begun: pd.DataFrame, interactions: pd.DataFrame, told: pd.DataFrame, known: Callable[[int], pd.DataFrame]
) -> list[Exposures]:
    """The cases of one cycle's campaigns, whose viewers share one audience."""
    at = int(begun["occurred_at"].iloc[0])
    films = described(told, at)
    audience = AudienceFeatures.of(known(at), films, list(begun[VIEWER].unique()), at)
    of_known_films = begun[begun[FILM].isin(films[FILM])]
    return [
        _exposures_of_campaign(each, audience, films, interactions) for _, each in of_known_films.groupby("campaign_id")
    ]


def _exposures_of_campaign(
    campaign: pd.DataFrame, audience: AudienceFeatures, films: pd.DataFrame, interactions: pd.DataFrame
) -> Exposures:
    """One campaign's viewers as training cases: features, whether shown, propensity and outcome."""
    (film,) = films[films[FILM] == campaign[FILM].iloc[0]].to_dict("records")
    return Exposures(
        table(audience, film).iloc[audience.viewers.get_indexer(pd.Index(campaign[VIEWER]))],
        campaign["shown"].to_numpy(dtype=np.float64),
        campaign["propensity"].to_numpy(dtype=np.float64),
        taken_up(campaign, interactions),
        np.zeros(len(campaign), dtype=np.int64),
    )


def _ended_since(made: pd.DataFrame, ids: pd.Series, newest: str) -> list[int]:
    """The numbers that `exposures_of` gives to campaigns after `newest` in `ids`; raises Unmeasured if few."""
    later = set(ids.iloc[ids.eq(newest).argmax() + 1 :] if ids.eq(newest).any() else ids)
    numbers = made.groupby(["occurred_at", "campaign_id"]).ngroup()
    found = sorted(set(numbers[made["campaign_id"].isin(later)]))
    if len(found) < _FEWEST_HELD:
        raise Unmeasured(f"{len(found)} campaigns have ended since what serves was learned: {_FEWEST_HELD} are wanted")
    return found


def trusted(model: Uplift) -> bool:
    """Whether its ranking was shown, on campaigns that it had not seen, to be worth more than chance."""
    return model.measured.low > 0
