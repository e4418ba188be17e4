"""What the gate decided of each candidate, and why."""

from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.report.contract import Cycle, ForecasterResult, JudgeResult, RecommenderResult, Report

# Family, measure, and the fields of the measure's values: the candidate's and the baseline's.
_MEASURES: dict[type, tuple[str, str, str, str]] = {
    RecommenderResult: ("recommender", "NDCG@10", "ndcg_at_10", "baseline_ndcg_at_10"),
    ForecasterResult: ("forecaster", "WAPE", "wape", "baseline_wape"),
    JudgeResult: ("judge of scripts", "error of log appeal", "error", "baseline_error"),
}


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


def _decisions(cycle: Cycle) -> Iterator[Decision]:
    number = cycle.cycle
    for model in (cycle.recommender, cycle.forecaster, cycle.scripts and cycle.scripts.judge):
        if model:
            family, measure, *fields = _MEASURES[type(model)]
            value, baseline = (getattr(model, field) for field in fields)
            said = (value, baseline, model.promoted, model.reason)
            yield Decision(number, family, model.name, model.version, measure, *said)
    asked = [(f"outlook, {outlook.lead} days ahead", outlook.gate) for outlook in cycle.outlooks]
    for family, gate in (*asked, ("market", cycle.market and cycle.market.gate)):
        if gate:
            said = (gate.error, gate.other_error, gate.promoted, gate.reason)
            yield Decision(number, family, "stack", gate.version, gate.measure, *said)
    for version, reason in cycle.torn.items():
        why = f"torn or foreign, and what served before it served again: {reason}"
        yield Decision(number, "what served", version, None, "artifact", None, None, False, why)
