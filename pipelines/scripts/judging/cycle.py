"""Teach the judges of scripts what the audience has done and read by now; films that they did not see measure them."""

from typing import Any

from models.base.errors import EmptyTraining
from models.judging.judges import Judges, blind_errors, errors, untaught
from pipelines.platform.context import Context
from pipelines.platform.errors import NothingThere
from pipelines.platform.model_registry import Version
from pipelines.promotion import gate, promote
from pipelines.scripts import observe as readings
from pipelines.scripts.judging import train as teaching


def train(context: Context, number: int) -> dict[str, Any]:
    """Fit, measure and register this cycle's judges, and note their numbers; or why there are none.

    Whether they serve is for `promote.decide` to say. A repeated cycle has the judges that it made, with their numbers.
    """
    try:
        note = promote.candidate(context.registry.made(teaching.JUDGE, number) or _trained(context, number))
    except (EmptyTraining, NothingThere) as error:
        note = {"trained": False, "reason": str(error)}
    context.ledger.note(number, **{teaching.JUDGE: note})
    return note


def _trained(context: Context, number: int) -> Version:
    """
    Raises:
        EmptyTraining: too few films were taken up.
        NothingThere: nothing is known of films or viewers.
    """
    as_of, lake = context.ledger.read(number)["as_of"], context.state.lake
    described = teaching.films(lake, as_of)
    chosen = teaching.chosen(lake, described, as_of)
    heard = readings.heard(lake, readings.readings(lake, number, as_of), chosen.segments)
    judges, apart = Judges.fit(described, chosen, heard=heard), untaught(chosen)
    standing = context.registry.loaded(teaching.JUDGE, Judges.load, before=number)
    against = "what serves" if standing else "the mean of the films known"
    other = errors(standing[1].first, described, apart) if standing else blind_errors(chosen)
    comparison = gate.compare(
        errors(judges.first, described, apart), other.loc[apart.films], against, "error of log appeal", better="lower"
    )
    numbers = {"error": comparison["candidate"], "other_error": comparison["other"]}
    lineage = {
        "trained_until": as_of,
        "films": len(chosen.films),
        "segments": len(chosen.segments),
        "drafts": len(heard.ids),
    }
    note = {**numbers, **lineage, "comparison": comparison}
    return context.registry.register(teaching.JUDGE, judges.name, number, judges.save, note, **numbers, **lineage)
