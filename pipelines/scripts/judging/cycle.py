"""The judges of scripts in a cycle: a candidate learns what segments took up and what readers said of drafts."""

from functools import partial
from typing import Any

from models.judging.judges import Judges, blind_errors, errors, untaught
from pipelines.platform.context import Context
from pipelines.platform.model_registry import Version
from pipelines.promotion import gate, promote
from pipelines.scripts import observe
from pipelines.scripts.judging.train import JUDGE, chosen, films


def train(context: Context, number: int) -> dict[str, Any]:
    """Fit, measure and register this cycle's judges; the ledger notes their figures, or why there are none."""
    return promote.candidate_of(context, number, JUDGE, partial(_trained, context, number))


def _trained(context: Context, number: int) -> Version:
    """Fit judges on the lake's data, measure them on films that neither is taught, register them; raises if too few."""
    as_of, lake = context.ledger.read(number)["as_of"], context.state.lake
    described = films(lake, as_of)
    taken = chosen(lake, described, as_of)
    heard = observe.heard(lake, observe.readings(lake, number, as_of), taken.segments)
    judges, apart = Judges.fit(described, taken, heard=heard), untaught(taken)
    standing = context.registry.loaded(JUDGE, Judges.load, before=number)
    against = "what serves" if standing else "the mean of the films known"
    other = errors(standing[1].first, described, apart) if standing else blind_errors(taken)
    comparison = gate.compare(
        errors(judges.first, described, apart), other.loc[apart.films], against, "error of log appeal", better="lower"
    )
    numbers = {"error": comparison["candidate"], "other_error": comparison["other"]}
    lineage = {
        "trained_until": as_of,
        "films": len(taken.films),
        "segments": len(taken.segments),
        "drafts": len(heard.ids),
    }
    note = {**numbers, **lineage, "comparison": comparison}
    return context.registry.register(JUDGE, judges.name, number, judges.save, note, **numbers, **lineage)
