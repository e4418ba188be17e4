"""Asset checks: the blocking ones hold back all readers of a table until its checks have passed."""

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
from pipelines.cycle import audit
from pipelines.lake.expectations import GUARDED
from pipelines.promotion.drift import ERROR


def _suite_check(asset: str, table: str) -> AssetChecksDefinition:

    @asset_check(
        name="expectations",
        asset=AssetKey(asset),
        blocking=True,
        description=f"The Great Expectations suite of `{table}`; an empty table fails where events were expected.",
    )
    def check_suite(context: AssetCheckExecutionContext, loop: Loop) -> AssetCheckResult:
        """Validate the table and write findings and seconds to the ledger."""
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

    return check_suite


@asset_check(asset=AssetKey("quarantine"), blocking=True)
def nothing_vanishes(loop: Loop) -> AssetCheckResult:
    """Check that rows of bronze = silver + duplicates + quarantined, as counted; note it in the ledger."""
    passed, equation = audit.conservation(loop.context, loop.cycle)
    return AssetCheckResult(
        passed=passed, severity=AssetCheckSeverity.ERROR, metadata={"counts": MetadataValue.text(equation)}
    )


@asset_check(asset=AssetKey("outlooks"))
def drift(loop: Loop) -> AssetCheckResult:
    """Check the drift of outlooks' coverage and error, of films forecast, and of the market, as the ledger has them.

    It blocks nothing, because new models have been fitted already. It fails if the error is no better than the
    baseline's, and warns of all other drift.
    """
    found = audit.drift(loop.context, loop.cycle)
    moved = [finding for finding in found if not finding.passed]
    failed = any(finding.name.endswith(ERROR) for finding in moved)
    return AssetCheckResult(
        passed=not moved,
        severity=AssetCheckSeverity.ERROR if failed else AssetCheckSeverity.WARN,
        metadata={finding.name: finding.detail if finding.passed else f"MOVED: {finding.detail}" for finding in found},
    )


@asset_check(asset=AssetKey("forecaster_candidate"))
def usual_error(loop: Loop) -> AssetCheckResult:
    """Check whether the candidate's error is among the worst of the back-test's weeks, as the ledger has it."""
    found = audit.usual_error(loop.context, loop.cycle)
    return AssetCheckResult(
        passed=found.passed, severity=AssetCheckSeverity.WARN, metadata={found.name: MetadataValue.text(found.detail)}
    )


checks = [*(_suite_check(guarded.asset, guarded.table) for guarded in GUARDED), nothing_vanishes, drift, usual_error]
