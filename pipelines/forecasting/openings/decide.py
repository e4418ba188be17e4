"""Outlooks on films before they open, in the loop: when to learn anew, what to publish, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from jobs import decisions
from models.base.columns import DATE, FILM, GROSS, QUANTILES
from models.base.days import day_number
from models.outlook.openings import OpeningOutlook, Openings, OutlookAccuracy
from pipelines.lake import delta
from pipelines.lake.box_office import BoxOfficeFolder
from pipelines.lake.expectations import Finding
from pipelines.lake.outbox import Outbox
from pipelines.platform.errors import Unmeasured
from pipelines.promotion import drift, gate
from streaming.schema.bounds import DAY_MS
from streaming.schema.events import Outlook, derive_id

_NEW, _NEW_SHARE = 20, 0.05  # films, and of those that were learned: so many new ones are worth a fit
_FEWEST_HELD = 10  # films that a fit is measured on, and that come between two fits
BASELINE, MEASURE = "the mean of the films known", "error of the log total"
_MET = ("cycle", "lead", "decision_id", FILM, DATE, "predicted", "actual", "covered", "at")
NOTHING_MET = pd.DataFrame(columns=list(_MET))
_OVER, _QUIET, _LONGEST = 42, 14, 180  # days of a run, without a report after them, and of any run


def family(lead: int) -> str:
    """The registry's name of a question."""
    return f"outlook-{lead}"


def today_of(as_of: int) -> int:
    """The day number of the day that is not over yet at `as_of` (UTC milliseconds)."""
    return (as_of + 1) // DAY_MS


def findings(
    standing: OpeningOutlook | None, measured: OutlookAccuracy | None, openings: Openings, daily: pd.DataFrame
) -> list[Finding]:
    """What drift was looked for, of the outlook that stood before this cycle, and whether it was found."""
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
    """Why the outlook is to be fitted anew; None where what stands is good enough."""
    if standing is None:
        return "none serves yet"
    new, learned = int(standing.later(openings).sum()), int(openings.known.sum())
    broken = [finding for finding in found if not finding.passed]
    if broken and new:
        return f"drift: {broken[0].name}, {broken[0].detail}"
    if new >= max(_NEW, _NEW_SHARE * (learned - new)):
        return f"{new} films have run since the last fit"
    return None


def first_comparison(fitted: OpeningOutlook) -> dict[str, Any]:
    """A fit that nothing stands before, beside its baseline, on the films that it was asked of before learning them."""
    assert fitted.tried is not None, "an outlook just fitted"
    return gate.compare(fitted.tried["own"], fitted.tried["baseline"], BASELINE, MEASURE, better="lower")


def comparison(standing: OpeningOutlook, openings: Openings, tried: int) -> dict[str, Any]:
    """A fit on what was known before the later half of the films since the last one, beside what stands, on that half.

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
            f"{since} films have run since the newest fit, and of {later.sum()} since what serves {held.sum()} would "
            f"measure another: {_FEWEST_HELD} of each are wanted"
        )
    recipe = OpeningOutlook.fit(openings.before(cut), standing.lead)
    return gate.compare(
        recipe.errors(openings, held), standing.errors(openings, held), "what serves", MEASURE, better="lower"
    )


def events(made: pd.DataFrame, openings: Openings, lead: int, decision: Mapping[str, Any]) -> list[Outlook]:
    """q10, q50, q90 of the coming films → an event a film.

    Args:
        decision: cycle, occurred_at, model, model_version, feature_version of all.
    """
    films = openings.films[openings.coming]
    quantiles = delta.records(made[list(QUANTILES)])
    return [
        Outlook(
            event_id=derive_id("outlook", film, lead, decision["cycle"], decision["occurred_at"]),
            film_id=film,
            lead=lead,
            opens=opens.date(),
            **row,
            **decision,
        )
        for film, opens, row in zip(films[FILM], films["opens"], quantiles, strict=True)
    ]


def rows(made: Sequence[Outlook]) -> pd.DataFrame:
    """Outlooks → `decisions/outlooks`."""
    return pd.DataFrame([{**each.model_dump(exclude={"event_id"}), "outlook_id": each.event_id} for each in made])


def settled(history: BoxOfficeFolder, today: int) -> pd.DataFrame:
    """Films whose run is over: film_id, actual (dollars in all, more than 0), date (the last day reported).

    A run is over when nothing has been reported of it for two weeks, six weeks after the opening at the earliest; half
    a year after it in any case.
    """
    runs = history.daily.groupby(FILM).agg(actual=(GROSS, "sum"), last=(DATE, "max"))
    runs = runs[runs["actual"] > 0]  # of nothing no error is a share
    opens = history.films.set_index(FILM)["opens"].reindex(runs.index)
    known = runs[opens.notna()].assign(opens=day_number(opens.dropna()))
    quiet = today - day_number(known["last"]) > _QUIET
    since = today - known["opens"].to_numpy()
    over = known[(quiet & (since >= _OVER)) | (since >= _LONGEST)]
    return over.rename(columns={"last": DATE})[["actual", DATE]].reset_index()


def met(published: pd.DataFrame, totals: pd.DataFrame) -> pd.DataFrame:
    """Outlooks whose film's run is over, as signals: what was predicted, what came, whether the interval held.

    Args:
        published: `decisions/outlooks`.
        totals: as `settled` makes them.
    """
    both = published.merge(totals, on=FILM, how="inner")
    return pd.DataFrame(
        {
            "cycle": both["cycle"].astype(int),
            "lead": both["lead"].astype(int),
            "decision_id": both["outlook_id"],
            FILM: both[FILM],
            DATE: pd.to_datetime(both[DATE]).dt.date,
            "predicted": both["q50"],
            "actual": both["actual"],
            "covered": both["actual"].between(both["q10"], both["q90"]),
            "at": (day_number(both[DATE]) + 1) * DAY_MS - 1,
        }
    )


def fared(signals: pd.DataFrame) -> dict[int, dict[str, dict[str, Any]]]:
    """Cycle → question → of its outlooks that met their film's total: how many, median error, share inside."""
    sums: dict[int, dict[str, dict[str, Any]]] = {}
    rows = signals.assign(off=(signals["predicted"] / signals["actual"] - 1).abs())
    for named, group in rows.groupby(["cycle", "lead"]):
        cycle, lead = (int(str(number)) for number in named)
        sums.setdefault(cycle, {})[str(lead)] = {
            "came": len(group),
            "came_mdape": float(np.median(group["off"])),
            "came_cover80": float(group["covered"].mean()),
        }
    return sums


def note_of(measured: OutlookAccuracy | None, found: Sequence[Finding]) -> dict[str, Any]:
    """What the ledger keeps of a question's cycle."""
    return {"measured": asdict(measured) if measured else None, "drift": [asdict(finding) for finding in found]}


def _written(rows: pd.DataFrame) -> list[Outlook]:
    """The inverse of `rows`, by film."""
    told = delta.records(rows.sort_values(FILM))
    return [Outlook(event_id=row["outlook_id"], **row) for row in told]


OUTBOX = Outbox(decisions.OUTLOOKS, rows, _written)
