"""The campaigns of a cycle: uplift is learned from those that are over, and trailers of coming films are assigned."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from jobs import decisions
from models.base.columns import FILM, VIEWER
from models.uplift.audience import AudienceFeatures
from models.uplift.model import Uplift
from pipelines.campaigns import decide
from pipelines.campaigns.inputs import CampaignInputs, described
from pipelines.campaigns.train import train
from pipelines.lake import delta
from pipelines.lake.outbox import decided_by, send, written
from pipelines.platform import set_aside
from pipelines.platform.context import Context
from pipelines.platform.model_registry import Version
from streaming.schema.events import Campaign


def publish(context: Context, number: int) -> list[Campaign]:
    """Draw this cycle's campaigns (at random without a trusted model), write them to the lake, send them to Kafka.

    A cycle that goes on after it was killed sends those that it had written: their trailers may have been seen.
    """
    known = CampaignInputs.read(context, number)
    version, note = train(context, number, known)
    made = written(context, decisions.CAMPAIGNS, number)
    if len(made):
        made = made.sort_values([FILM, VIEWER], ignore_index=True)  # as it was chosen
    else:
        made = _draw_campaigns(context, number, known, version)
        decisions.write(context.spark, context.lake, decisions.CAMPAIGNS, number, made)
    sent = decide.events(made)
    send(context, sent, number)
    films, shown = (made[FILM].nunique(), int(made["shown"].sum())) if len(made) else (0, 0)
    context.ledger.note(number, campaigns={"made": films, "viewers": len(made), "shown": shown, **note})
    return sent


def _draw_campaigns(context: Context, number: int, known: CampaignInputs, version: Version | None) -> pd.DataFrame:
    """Draw viewers for each film that is due, as rows of `decisions/campaigns`; the ledger notes films set aside."""
    films = described(known.descriptions, known.at)
    due = decide.due(films, set(known.past[FILM]), known.at)
    audience = AudienceFeatures.of(known.interactions, films, _read_viewer_ids(context), known.at)
    record = context.ledger.read(number)
    model = context.registry.load(version, Uplift.load) if version else None
    decision = {
        "policy": f"the best at {decide.LIKELY}, others at {decide.UNLIKELY}" if version else "uniform",
        **decided_by(record, version, record["features"]["interaction_sequence"]),
    }
    viewers = list(audience.viewers)

    def campaign(film: Mapping[Any, Any]) -> pd.DataFrame:
        """One film's campaign as drawn, in rows of `decisions/campaigns`."""
        uplift = model.predict(decide.table(audience, film)).uplift if model else None
        return decide.rows(decide.drawn(viewers, uplift, film[FILM], number), film, decision)

    made, aside = set_aside.each(due.to_dict("records"), lambda film: film[FILM], campaign)
    set_aside.note(context.ledger, number, "campaigns", {**known.aside, **aside})
    return pd.concat(made, ignore_index=True) if made else pd.DataFrame()


def _read_viewer_ids(context: Context) -> list[str]:
    """Read the ids of all viewers, sorted, from the lake's `features/viewer`."""
    known = delta.read(context.state.lake, "features/viewer", [VIEWER])
    return [] if known is None else sorted(known[VIEWER])
