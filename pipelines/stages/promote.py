"""Deploy: let the candidate serve if the gate lets it pass, or keep what serves."""

from typing import Any

from pipelines import gate
from pipelines.context import Context


def decide(context: Context, number: int, family: str) -> dict[str, Any]:
    """Decide by the numbers that training noted; the decision is kept in the ledger and at the version."""
    note: dict[str, Any] = context.ledger.read(number)[family]
    if not note["trained"]:
        return note
    verdict = gate.decide(note["comparison"])
    if verdict.promoted:
        context.registry.promote(family, note["version"])
    context.registry.note(context.registry.version(family, note["version"]), **verdict.record())
    note = {**note, **verdict.record()}
    context.ledger.note(number, **{family: note})
    return note
