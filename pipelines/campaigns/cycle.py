"""Campaigns: learn from those that are over, and choose whom the trailers of films that open soon are shown to."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from jobs import decisions
from jobs.features.interaction_sequence import taken_up_by
from jobs.features.main import read_silver
from models.base.columns import FILM, INTERACTIONS, VIEWER
from models.base.errors import EmptyTraining
from models.uplift.audience import AudienceFeatures
from models.uplift.model import Uplift
from pipelines.campaigns import decide as campaigns
from pipelines.campaigns.answer import DESCRIBED, FAMILY
from pipelines.lake import delta, frames
from pipelines.lake.outbox import send
from pipelines.platform import set_aside
from pipelines.platform.context import Context
from pipelines.platform.deadlines import Deadlines
from pipelines.platform.errors import Unmeasured
from pipelines.platform.model_registry import Version
from pipelines.promotion import promote
from streaming.schema.events import Campaign

_REMEMBERED = 60  # of the newest campaigns: tastes and trailers change, and a cycle has not for ever
_NOTHING_TOLD = pd.DataFrame(columns=list(DESCRIBED)).astype({"occurred_at": "datetime64[ns, UTC]", "budget": float})
_PAST = {"campaign_id": object, FILM: object, "cycle": np.int64, "occurred_at": np.int64}


@dataclass(frozen=True)
class _Known:
    """What a cycle's campaigns are decided from, all of it as of the newest features."""

    at: int  # UTC milliseconds
    told: pd.DataFrame  # rows of silver/films
    aside: Mapping[str, str]  # films that are not among them, and why
    interactions: pd.DataFrame
    past: pd.DataFrame  # rows of earlier cycles' campaigns
    over: pd.DataFrame  # those of them that were carried out and whose time has passed


def publish(context: Context, number: int) -> list[Campaign]:
    """Make, write and send this cycle's campaigns; without a model that is worth more than chance, blind ones.

    A cycle that goes on after it was killed sends those that it had written: their trailers may have been seen.
    """
    known = _known(context, number)
    version, note = _learned(context, number, known)
    made = _written(context, number)
    if made.empty:
        made = _made(context, number, known, version)
        decisions.write(context.spark, context.lake, decisions.CAMPAIGNS, number, made)
    sent = campaigns.events(made)
    send(context, sent, number)
    films, shown = (made[FILM].nunique(), int(made["shown"].sum())) if len(made) else (0, 0)
    context.ledger.note(number, campaigns={"made": films, "viewers": len(made), "shown": shown, **note})
    return sent


def met(context: Context, number: int) -> pd.DataFrame:
    """What became of campaigns that are over, as `campaigns.met` tells it, until they expire."""
    known = _known(context, number)
    since = Deadlines.of(context.ledger, number).since(decisions.TERMS[decisions.CAMPAIGNS])
    return campaigns.met(known.over[known.over["cycle"] >= since], known.interactions)


def _written(context: Context, number: int) -> pd.DataFrame:
    """What this cycle has chosen already, in the order in which it was chosen."""
    rows = delta.read(context.state.lake, decisions.CAMPAIGNS, where=pc.field("cycle") == number)
    return pd.DataFrame() if rows is None else rows.sort_values([FILM, VIEWER], ignore_index=True)


def _made(context: Context, number: int, known: _Known, version: Version | None) -> pd.DataFrame:
    films = campaigns.described(known.told, known.at)
    due = campaigns.due(films, set(known.past[FILM]), known.at)
    audience = AudienceFeatures.of(known.interactions, films, _viewers(context), known.at)
    record = context.ledger.read(number)
    model = context.registry.load(version, Uplift.load) if version else None
    decision = {
        "cycle": number,
        "occurred_at": record["as_of"],
        "policy": f"the best at {campaigns.LIKELY}, others at {campaigns.UNLIKELY}" if version else "uniform",
        "model": version.member if version else None,
        "model_version": version.name if version else None,
        "feature_version": record["features"]["interaction_sequence"],
    }
    viewers = list(audience.viewers)

    def campaign(film: Mapping[Any, Any]) -> pd.DataFrame:
        uplift = model.predict(campaigns.table(audience, film)).uplift if model else None
        return campaigns.rows(campaigns.drawn(viewers, uplift, film[FILM], number), film, decision)

    made, aside = set_aside.each(due.to_dict("records"), lambda film: film[FILM], campaign)
    set_aside.note(context.ledger, number, "campaigns", {**known.aside, **aside})
    return pd.concat(made, ignore_index=True) if made else pd.DataFrame()


def _learned(context: Context, number: int, known: _Known) -> tuple[Version | None, dict[str, Any]]:
    """The version to choose by, None where there is none that is worth more than chance; and what to note of it."""
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
    if served is None or not campaigns.trusted(served[1]):
        return None, {**note, "reason": "its ranking is not shown to be worth more than chance yet"}
    return shown, {**note, "reason": None}


def _newest(context: Context, number: int, known: _Known, ids: pd.Series) -> Version | None:
    """The newest version: made anew where campaigns have ended since, and serving if the gate lets it pass.

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


def _fitted(context: Context, number: int, known: _Known, ids: pd.Series) -> Version:
    """A new version, learned from these campaigns, with what was measured of it on those that its bags had not seen.

    Raises:
        EmptyTraining: they are too few, or too few viewers answered.
        Unmeasured: too few of them have ended since what serves was learned.
    """
    chosen = known.over[known.over["campaign_id"].isin(ids)]
    served = context.registry.loaded(FAMILY, Uplift.load, before=number)
    since = campaigns.ended_since(chosen, ids, served[0].tags["newest"]) if served else None
    exposures = campaigns.exposures(chosen, known.interactions, known.told, _as_of(context, chosen))
    model = Uplift().fit(exposures)
    compared = (
        campaigns.first_comparison(model)
        if served is None or since is None
        else campaigns.comparison(model, served[1], exposures, since)
    )
    lineage = {"newest": ids.iloc[-1], "campaigns": len(ids), "qini": model.measured.uplift}
    note = {"comparison": compared, "low": model.measured.low}
    return context.registry.register(FAMILY, model.name, number, model.save, note, **lineage)


def _as_of(context: Context, made: pd.DataFrame) -> Callable[[int], pd.DataFrame]:
    """What viewers had taken up when each of these campaigns began."""
    viewing, moments = read_silver(context.spark, context.lake)["viewing"], sorted(set(made["occurred_at"]))
    dated = frames.interactions_by(taken_up_by(viewing, moments))
    return lambda at: dated.get(at, pd.DataFrame(columns=list(INTERACTIONS)))


def _known(context: Context, number: int) -> _Known:
    lake = context.state.lake
    sequences = delta.read(lake, "features/interaction_sequence")
    told = delta.read(lake, "silver/films", list(DESCRIBED))
    made = delta.read(lake, decisions.CAMPAIGNS, where=pc.field("cycle") < number)
    past = pd.DataFrame(columns=list(_PAST)).astype(_PAST) if made is None else made
    if sequences is None or sequences.empty:
        sequences = pd.DataFrame(columns=[VIEWER, "films", "at", "strengths"])
        at = int(context.ledger.read(number)["as_of"])
    else:
        at = round(pd.Timestamp(sequences["as_of"].max()).timestamp() * 1000)
    return _Known(
        at,
        *campaigns.believed(_NOTHING_TOLD if told is None else told, at),
        frames.unrolled(sequences),
        past,
        _carried_out(context, campaigns.over(past, at), at),
    )


def _carried_out(context: Context, made: pd.DataFrame, at: int) -> pd.DataFrame:
    """Those whose trailer somebody saw: nobody shows it where the past is replayed, and nothing is learned there."""
    known = pc.field("occurred_at") <= pd.Timestamp(at, unit="ms", tz="UTC")
    seen = delta.read(context.state.lake, "silver/viewing", where=(pc.field("type") == "trailer") & known)
    ids: list[str] = [] if seen is None or seen.empty else list(seen["campaign_id"].dropna().unique())
    return made[made["campaign_id"].isin(ids)]


def _viewers(context: Context) -> list[str]:
    known = delta.read(context.state.lake, "features/viewer", [VIEWER])
    return [] if known is None else sorted(known[VIEWER])
