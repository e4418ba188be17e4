"""What the gate decided of each candidate, and why."""

from dataclasses import dataclass

from pipelines.report.contract import Cycle, ForecasterResult, GateResult, JudgeResult, RecommenderResult, Report


@dataclass(frozen=True)
class Decision:
    """One candidate: its measure on the hold-out beside the baseline's, and the verdict."""

    cycle: int
    family: str
    name: str
    version: str | None
    measure: str
    value: float | None
    baseline: float | None
    promoted: bool
    reason: str | None


def decisions_of(report: Report) -> list[Decision]:
    """All decisions, cycle by cycle, and after them the versions that were found torn."""
    return [decision for cycle in report.cycles for decision in _decisions(cycle)]


def _decisions(cycle: Cycle) -> list[Decision]:
    ranked = [_ranked(cycle.cycle, cycle.recommender)] if cycle.recommender else []
    forecast = [_forecast(cycle.cycle, cycle.forecaster)] if cycle.forecaster else []
    judged = [_judged(cycle.cycle, cycle.scripts.judge)] if cycle.scripts and cycle.scripts.judge else []
    asked = [(f"outlook, {outlook.lead} days ahead", outlook.gate) for outlook in cycle.outlooks]
    market = [("market", cycle.market.gate)] if cycle.market else []
    fitted = [_fitted(cycle.cycle, family, gate) for family, gate in (*asked, *market) if gate]
    return ranked + forecast + judged + fitted + [_torn(cycle.cycle, *each) for each in cycle.torn.items()]


def _fitted(cycle: int, family: str, gate: GateResult) -> Decision:
    origin = (cycle, family, "stack", gate.version)
    return Decision(*origin, gate.measure, gate.error, gate.other_error, gate.promoted, gate.reason)


def _torn(cycle: int, version: str, reason: str) -> Decision:
    said = f"torn or foreign, and what served before it served again: {reason}"
    return Decision(cycle, "what served", version, None, "artifact", None, None, False, said)


def _ranked(cycle: int, model: RecommenderResult) -> Decision:
    origin = (cycle, "recommender", model.name, model.version)
    values = (model.ndcg_at_10, model.baseline_ndcg_at_10)
    return Decision(*origin, "NDCG@10", *values, model.promoted, model.reason)


def _forecast(cycle: int, model: ForecasterResult) -> Decision:
    origin = (cycle, "forecaster", model.name, model.version)
    values = (model.wape, model.baseline_wape)
    return Decision(*origin, "WAPE", *values, model.promoted, model.reason)


def _judged(cycle: int, model: JudgeResult) -> Decision:
    origin = (cycle, "judge of scripts", model.name, model.version)
    values = (model.error, model.baseline_error)
    return Decision(*origin, "error of log appeal", *values, model.promoted, model.reason)
