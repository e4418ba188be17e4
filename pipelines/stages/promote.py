"""Deploy: let the candidate serve if the gate lets it pass, or keep what serves."""

from typing import Any

from pipelines import gate, trials
from pipelines.context import Context
from pipelines.gate import Decision
from pipelines.trials import Trial


def decide(context: Context, number: int, family: str) -> dict[str, Any]:
    """Decide by the numbers that training noted; the decision is kept in the ledger and at the version."""
    note: dict[str, Any] = context.ledger.read(number)[family]
    if not note["trained"]:
        return note
    trial = trials.standing(context.registry) if family == trials.FAMILY else None
    verdict = gate.decide(note["comparison"]) if trial is None else _kept_for(trial)
    if verdict.promoted:
        context.registry.promote(family, note["version"])
    context.registry.note(context.registry.version(family, note["version"]), **verdict.record())
    note = {**note, **verdict.record()}
    context.ledger.note(number, **{family: note})
    return note


def _kept_for(trial: Trial) -> Decision:
    return Decision(False, f"{trial.challenger.name} is on trial beside what serves: `cineloop trial end` ends it")
