"""Is every row accounted for? bronze = silver + duplicates + quarantined."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.report.contract import Report
from pipelines.report.inputs import QuarantineReason

_NAMED = 12  # reasons; an unknown type is a reason of its own, and there may be any number


@dataclass(frozen=True)
class Account:
    """The four terms, in rows."""

    bronze: int
    silver: int
    duplicates: int
    quarantined: int

    @property
    def missing(self) -> int:
        """Rows of bronze that nobody accounts for; below 0 where some are counted twice."""
        return self.bronze - self.silver - self.duplicates - self.quarantined


def account_of(report: Report, quarantine: Sequence[QuarantineReason] | None) -> Account | None:
    """The account, or None where bronze was not counted; a silver table that is not there has no rows.

    The quarantine itself is asked first; what the cycles say of it stands in where it was not asked.
    """
    data = report.data
    if data.bronze is None:
        return None
    silver = sum(rows or 0 for _, rows in data.silver)
    return Account(data.bronze, silver, data.duplicates or 0, quarantined(report, quarantine))


def quarantined(report: Report, quarantine: Sequence[QuarantineReason] | None) -> int:
    """How many rows the lake did not accept."""
    if quarantine is None:
        return sum(cycle.quarantined or 0 for cycle in report.cycles)
    return sum(reason.rows for reason in quarantine)


def largest_reasons(quarantine: Sequence[QuarantineReason]) -> list[QuarantineReason]:
    """The reasons with most rows first; the rarest ones as one."""
    ranked = sorted(quarantine, key=lambda reason: (-reason.rows, reason.reason))
    rest = ranked[_NAMED:]
    others = QuarantineReason(f"{len(rest)} other reasons", sum(reason.rows for reason in rest))
    return [*ranked[:_NAMED], *([others] if rest else [])]
