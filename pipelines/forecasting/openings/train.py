"""When the outlook on films before they open is fitted anew, and how a new fit is compared with what serves."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from models.outlook.openings import OpeningOutlook, Openings, OutlookAccuracy
from pipelines.forecasting.openings.decide import family
from pipelines.lake.expectations import Finding
from pipelines.platform.context import Context
from pipelines.platform.errors import Unmeasured
from pipelines.platform.model_registry import Version
from pipelines.promotion import drift, gate, promote

MEMBER = "stack"
BASELINE, MEASURE = "the mean of the films known", "error of the log total"
_NEW, _NEW_SHARE = 20, 0.05  # films, and of those that were learned: so many new ones are worth a fit
_FEWEST_HELD = 10  # films that a fit is measured on, and that come between two fits


def findings(
    standing: OpeningOutlook | None, measured: OutlookAccuracy | None, openings: Openings, daily: pd.DataFrame
) -> list[Finding]:
    """The checks for drift since the outlook that served before this cycle was fitted; none where none served."""
    if standing is None:
        return []
    table = openings.task.cases.table
    learned = openings.known & ~standing.later(openings)
    asked = standing.later(openings) | openings.coming
    return [
        drift.held(measured),
        drift.better(measured),
        drift.alike(table[learned], table[asked]),
        drift.usual_market(daily),
    ]


def reason_to_fit(standing: OpeningOutlook | None, openings: Openings, found: Sequence[Finding]) -> str | None:
    """Why the outlook is to be fitted anew; None where what serves is good enough."""
    if standing is None:
        return "none serves yet"
    new, learned = int(standing.later(openings).sum()), int(openings.known.sum())
    broken = [finding for finding in found if not finding.passed]
    if broken and new:
        return f"drift: {broken[0].name}, {broken[0].detail}"
    if new >= max(_NEW, _NEW_SHARE * (learned - new)):
        return f"{new} films have run since the last fit"
    return None


def fit(
    context: Context, number: int, standing: OpeningOutlook | None, openings: Openings, lead: int, why: str
) -> Version:
    """Fit on all films whose run is known, and register the fit with its comparison.

    Raises:
        EmptyTraining: there is too little to learn from.
        Unmeasured: too few films have run since the last fit to measure another.
    """
    newest = promote.newest(context.registry, family(lead), number)
    compared = _beside_standing(standing, openings, int(newest.tags["until"]) if newest else 0) if standing else None
    fitted = OpeningOutlook.fit(openings, lead)
    note = {"why": why, "comparison": compared or gate.beside_baseline(fitted.tried, BASELINE, MEASURE)}
    return context.registry.register(family(lead), MEMBER, number, fitted.save, note, until=fitted.until)


def _beside_standing(standing: OpeningOutlook, openings: Openings, tried: int) -> dict[str, Any]:
    """The recipe fitted without the later half of the films since the last fit, beside what serves, on that half.

    Args:
        tried: the day number of the newest fit, whether it serves or not.

    Raises:
        Unmeasured: too few films have run since the standing fit, or since the newest.
    """
    known, later = openings.task.cases.known, standing.later(openings)
    since, cut = int((openings.known & (known > tried)).sum()), int(np.median(known[later])) if later.any() else 0
    held = later & (known > cut)
    if min(held.sum(), since) < _FEWEST_HELD:
        raise Unmeasured(
            f"{since} films ended their run since the newest fit, and {held.sum()} of {later.sum()} since what serves "
            f"can measure a new fit: it waits for {_FEWEST_HELD} of each"
        )
    recipe = OpeningOutlook.fit(openings.before(cut), standing.lead)
    return gate.compare(
        recipe.errors(openings, held), standing.errors(openings, held), "what serves", MEASURE, better="lower"
    )
