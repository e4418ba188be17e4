"""The gate: a candidate serves only if it is shown to be no worse than what serves now, on the same hold-out.

A paired test of non-inferiority: the lower end of the 90 % interval of the mean difference must lie above minus a
margin, a tenth of what the other reaches. Where nothing serves yet, the other is the family's baseline. For the
recommender the measure is what slates would have earned, once enough of them were shown to say so.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import pandas as pd

from models.evaluation.metrics import paired_comparison
from pipelines.platform.errors import Unmeasured

MARGIN = 0.1
_TELLING = 2 * MARGIN  # of what serves earns: a wider interval would turn away an equal candidate, too


@dataclass(frozen=True)
class GateDecision:
    """Whether a candidate was promoted, and why, in a sentence with its numbers."""

    promoted: bool
    reason: str

    @classmethod
    def told(cls, tags: Mapping[str, str]) -> "GateDecision | None":
        """The decision that a version's tags keep; None where none was made, or not to the end."""
        return cls(tags["promoted"] == str(True), tags["reason"]) if "reason" in tags else None

    def record(self) -> dict[str, Any]:
        """The decision as ledger and registry keep it; writes nothing."""
        return asdict(self)


def compare(
    candidate: pd.Series, other: pd.Series, against: str, measure: str, better: Literal["higher", "lower"]
) -> dict[str, Any]:
    """The paired difference, counted so that more is better, as plain numbers that can be kept and decided on later.

    Args:
        candidate: the measure a unit (viewer or film).
        other: the same for the same units, of what serves or of the baseline.
        against: what `other` is, for the sentence.

    Raises:
        Unmeasured: they have no unit in common.
    """
    units = candidate.index.intersection(other.index)
    if units.empty:
        raise Unmeasured(
            f"the candidate and {against} have no held-out case in common yet: {measure} cannot be compared"
        )
    candidate, other = candidate.loc[units], other.loc[units]
    test = paired_comparison(candidate, other, higher_is_better=better == "higher")
    return {
        "against": against,
        "measure": measure,
        "units": test.units,
        "candidate": float(candidate.mean()),
        "other": float(other.mean()),
        "gain": test.mean,
        "low": test.low,
        "high": test.high,
    }


def beside_baseline(tried: pd.DataFrame | None, baseline: str, measure: str) -> dict[str, Any]:
    """A first fit beside its baseline, on cases that it forecast before it learned them; less is better.

    Args:
        tried: a row a case: errors, the fit's `own` and the `baseline`'s; every new fit has them.
        baseline: what the baseline is, for the sentence.
    """
    assert tried is not None, "a new fit"
    return compare(tried["own"], tried["baseline"], baseline, measure, better="lower")


def weightier(held_out: dict[str, Any], off_policy: dict[str, Any] | None) -> dict[str, Any]:
    """The comparison that decides: what people did with shown slates once that says enough, before it the hold-out."""
    if off_policy is None or off_policy["high"] - off_policy["low"] > _TELLING * abs(off_policy["other"]):
        return held_out
    return off_policy


def decide(comparison: dict[str, Any]) -> GateDecision:
    """A decision to promote where the interval's lower end is above minus the margin; writes nothing."""
    allowed = -MARGIN * abs(comparison["other"])
    promoted = comparison["low"] > allowed
    verdict = "no worse than" if promoted else "not shown to be no worse than"
    return GateDecision(
        promoted,
        f"{verdict} {comparison['against']}: {comparison['measure']} {comparison['candidate']:.4g} against "
        f"{comparison['other']:.4g} over {comparison['units']} units, gain {comparison['gain']:+.3g} "
        f"(90 % interval {comparison['low']:+.3g} to {comparison['high']:+.3g}, must exceed {allowed:+.3g})",
    )
