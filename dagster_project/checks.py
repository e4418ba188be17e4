"""Blocking checks: what reads a table waits until its suite has passed and its rows have been counted."""

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetKey,
    MetadataValue,
    asset_check,
)

from dagster_project.resources import Loop
from pipelines.quality import GUARDED
from pipelines.stages import audit


def _suite_check(asset: str, table: str) -> AssetChecksDefinition:
    @asset_check(
        name="expectations",
        asset=AssetKey(asset),
        blocking=True,
        description=f"The Great Expectations suite of `{table}`; an empty table fails where events were expected.",
    )
    def check(context: AssetCheckExecutionContext, loop: Loop) -> AssetCheckResult:
        with loop.context.ledger.stage(loop.cycle, f"check_{asset}"):
            findings = audit.audit(loop.context, loop.cycle, table)
        broken = [finding for finding in findings if not finding.passed]
        return AssetCheckResult(
            passed=not broken,
            severity=AssetCheckSeverity.ERROR,
            metadata={
                finding.name: finding.detail if finding.passed else f"BROKEN: {finding.detail}" for finding in findings
            },
        )

    return check


@asset_check(asset=AssetKey("quarantine"), blocking=True)
def nothing_vanishes(loop: Loop) -> AssetCheckResult:
    """Bronze = silver + duplicates + quarantined, counted from the tables."""
    passed, equation = audit.conservation(loop.context, loop.cycle)
    return AssetCheckResult(
        passed=passed, severity=AssetCheckSeverity.ERROR, metadata={"counts": MetadataValue.text(equation)}
    )


checks = [*(_suite_check(guarded.asset, guarded.table) for guarded in GUARDED), nothing_vanishes]
