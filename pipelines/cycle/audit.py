"""Evaluate the data: the suites' findings on a table, and whether the counts add up; kept in the ledger."""

from dataclasses import asdict

from jobs.silver.conservation import RowCounts
from pipelines.forecasting.backtest.observe import ACCURACY
from pipelines.lake import delta, expectations
from pipelines.lake.expectations import Finding
from pipelines.platform.context import Context
from pipelines.promotion import drift as moved

_FED_BY = {guarded.table: guarded.fed_by for guarded in expectations.GUARDED}


def audit(context: Context, number: int, table: str) -> list[Finding]:
    """Validate a table of the lake and write the findings to the ledger."""
    read = context.ledger.read(number)["read"].get(_FED_BY[table] or "", {})
    expected = any(read.values())
    if context.lake.exists(context.spark, table):
        findings = expectations.audit(table, context.lake.read(context.spark, table), rows_expected=expected)
    else:
        findings = [Finding("has rows", not expected, "not written yet")]
    _note_findings(context, number, table, findings)
    return findings


def conservation(context: Context, number: int) -> tuple[bool, str]:
    """Whether bronze = silver + duplicates + quarantined, and the sum in words; written to the ledger, too."""
    noted = context.ledger.read(number)["counts"]
    counts = RowCounts(noted["bronze"], noted["silver"], noted["duplicates"], noted["quarantined"])
    passed = counts.bronze == counts.settled
    _note_findings(context, number, "bronze/events", [Finding("nothing vanishes", passed, counts.equation())])
    return passed, counts.equation()


def drift(context: Context, number: int) -> list[Finding]:
    """Read from the ledger what the cycle's outlooks found to have moved; none before there is one."""
    leads = context.ledger.read(number).get("outlooks", {}).get("leads", {})
    return [
        Finding(f"{lead} days ahead: {finding['name']}", finding["passed"], finding["detail"])
        for lead, note in leads.items()
        for finding in note.get("drift", [])
    ]


def usual_error(context: Context, number: int) -> Finding:
    """Whether the cycle's forecaster errs as those of the back-test did; reads ledger and lake."""
    past = delta.read(context.state.lake, ACCURACY, ["wape"])
    error = context.ledger.read(number).get("forecaster", {}).get("wape")
    return moved.usual_error(error, None if past is None else past["wape"])


def _note_findings(context: Context, number: int, table: str, findings: list[Finding]) -> None:
    context.ledger.note_among(number, "checks", {table: [asdict(finding) for finding in findings]})
