"""Deploy: let the candidate serve if the gate lets it pass, or keep what serves. There is no other way to serve."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from models.base.errors import EmptyTraining
from pipelines.platform.context import Context
from pipelines.platform.errors import NothingServes, NothingThere, Unmeasured
from pipelines.platform.model_registry import Registry, Version
from pipelines.promotion import ab_test, gate
from pipelines.promotion.ab_test import ABTest
from pipelines.promotion.gate import GateDecision

Model = TypeVar("Model")
Fit = Callable[[str], Version]


def decide(context: Context, number: int, family: str) -> dict[str, Any]:
    """Promote the cycle's candidate if it passes the gate; write the decision to the ledger and the registry.

    A repeated cycle finds what it has decided.
    """
    note: dict[str, Any] = context.ledger.read(number)[family]
    if not note["trained"]:
        return note
    verdict = settle(context, context.registry.version(family, note["version"]))
    note = {**note, **verdict.record()}
    context.ledger.note(number, **{family: note})
    return note


def settle(context: Context, version: Version) -> GateDecision:
    """Promote a version in the registry if what was measured of it passes the gate; the decision is kept with it.

    What was promoted once is not promoted again: it may have been rolled back since.
    """
    decided = GateDecision.told(version.tags)
    if decided and decided.promoted:
        return decided
    trial = ab_test.standing(context.registry) if version.family == ab_test.FAMILY else None
    verdict = gate.decide(version.note["comparison"]) if trial is None else _no_promotion_during(trial)
    if verdict.promoted:
        context.registry.promote(version.family, version.number)
    context.registry.note(version, **verdict.record())
    return verdict


def candidate_of(context: Context, number: int, family: str, train: Callable[[], Version]) -> dict[str, Any]:
    """Write to the ledger what was measured of the cycle's candidate, trained if need be, or why there is none.

    A repeated cycle finds the candidate that it made.

    Args:
        train: fits, measures and registers it; EmptyTraining or NothingThere say that there is nothing to learn from.
    """
    try:
        note = candidate(context.registry.made(family, number) or train())
    except (EmptyTraining, NothingThere) as error:
        note = {"trained": False, "reason": str(error)}
    context.ledger.note(number, **{family: note})
    return note


def candidate(version: Version) -> dict[str, Any]:
    """What the ledger keeps of a version that was trained: what was measured of it, whenever that was."""
    return {"trained": True, "name": version.member, "version": version.number, **version.note}


def renewed(
    context: Context,
    number: int,
    family: str,
    load: Callable[[Path], Model],
    why: str | None,
    fit: Fit,
) -> tuple[Version, Model, dict[str, Any]]:
    """Fit anew where there is reason, gate the fit, and load what serves then; returns it, and what to note of that.

    A repeated cycle has the fit that it made. Where too little came to measure one, what stands stays.

    Args:
        why: the reason for a new fit, if there is one.
        fit: fits, measures and registers it, and keeps the reason in its note.

    Raises:
        NothingServes: nothing served, and the gate does not let the new fit pass.
    """
    made, left = _fit_or_reason(context, number, family, why, fit)
    verdict = settle(context, made) if made else None
    served = context.registry.loaded(family, load)
    if served is None:
        raise NothingServes(f"no {family} serves: {verdict.reason if verdict else left}")
    note = {
        "fitted": made is not None,
        "reason": made.note["why"] if made else left,
        "gate": _gate_note(made, verdict) if made and verdict else None,
    }
    return *served, note


def _gate_note(made: Version, verdict: GateDecision) -> dict[str, Any]:
    compared = made.note["comparison"]
    numbers = {"measure": compared["measure"], "error": compared["candidate"], "other_error": compared["other"]}
    return {"version": made.name, **numbers, **verdict.record()}


def _fit_or_reason(
    context: Context, number: int, family: str, why: str | None, fit: Fit
) -> tuple[Version | None, str | None]:
    """The fit that the cycle made, or now makes; or why it has none in spite of a reason for one."""
    made = context.registry.made(family, number)
    if made or not why:
        return made, None
    try:
        return fit(why), None
    except Unmeasured as few:
        return None, f"{why}; {few}"


def newest(registry: Registry, family: str, before: int) -> Version | None:
    """The newest version in the registry that cycles before this one have made, whether it serves or not."""
    earlier = [version for version in registry.versions(family) if version.cycle < before]
    return earlier[-1] if earlier else None


def _no_promotion_during(trial: ABTest) -> GateDecision:
    return GateDecision(False, f"{trial.challenger.name} is on trial beside what serves: `cineloop trial end` ends it")
