"""Films before they open: learn from those whose run is known, forecast those that are announced, publish."""

from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from jobs import decisions
from models.errors import EmptyTraining
from models.outlook.openings import LEADS, OpeningOutlook, Openings
from pipelines import outlooks, set_aside
from pipelines.context import Context
from pipelines.errors import NothingThere
from pipelines.film_history import film_history
from pipelines.forecast_data import BoxOfficeFolder
from pipelines.registry import Version
from pipelines.stages.publish import send
from streaming.events import Outlook

_MEMBER = "stack"


@dataclass(frozen=True)
class _Asked:
    """A cycle's question: what is known, and the outlook that answers it."""

    openings: Openings
    version: Version
    outlook: OpeningOutlook


def publish(context: Context, number: int) -> list[Outlook]:
    """Make, write and send this cycle's outlooks, an announced film each by the nearest question that it can be asked.

    What cannot be learned yet is noted with its reason, and nothing is published of it.
    """
    as_of = context.ledger.read(number)["as_of"]
    notes: dict[str, Any] = {}
    made: dict[str, Outlook] = {}
    known = cache(partial(film_history, context.state.lake, as_of))
    aside: dict[str, str] = {}
    for lead in LEADS:
        try:
            asked = _asked(context, number, lead, known(), notes)
            aside |= {**known().aside, **asked.openings.aside}
        except (EmptyTraining, NothingThere) as error:
            notes[str(lead)] = {"version": None, "reason": str(error)}
        else:
            made |= {each.film_id: each for each in _made(context, number, lead, asked)}
    told = list(made.values())
    decisions.write(context.spark, context.lake, decisions.OUTLOOKS, number, outlooks.rows(told))
    send(context, told, number)
    context.ledger.note(number, outlooks={"made": len(told), "leads": notes})
    set_aside.note(context.ledger, number, "outlooks", aside)
    return told


def _asked(context: Context, number: int, lead: int, history: BoxOfficeFolder, notes: dict[str, Any]) -> _Asked:
    """The question as of this cycle, answered by what stands or, where there is reason to, by a new fit.

    Raises:
        EmptyTraining: there is too little to learn from, or nothing to ask.
    """
    family, today = outlooks.family(lead), outlooks.today_of(context.ledger.read(number)["as_of"])
    version = context.registry.serving_before(family, number)
    standing = OpeningOutlook.load(version.folder) if version else None
    openings = Openings.of(history.releases, history.past, today, lead, standing.genres if standing else None)
    if standing is None and not openings.coming.any():
        raise EmptyTraining(f"no film is to open that could be asked of {lead} days ahead")
    measured = standing.measured(openings) if standing else None
    found = outlooks.findings(standing, measured, openings, history.daily)
    reason = outlooks.reason_to_fit(standing, openings, found)
    note = {
        **outlooks.note_of(measured, found),
        "films": int(openings.known.sum()),
        "asked": int(openings.coming.sum()),
    }
    if reason or version is None or standing is None:
        fitted = OpeningOutlook.fit(openings, lead)
        version = context.registry.register(family, _MEMBER, number, fitted.save, until=fitted.until)
        context.registry.promote(family, version.number)
        standing = OpeningOutlook.load(version.folder)
    notes[str(lead)] = {
        **note,
        "name": _MEMBER,
        "version": version.name,
        "fitted": reason is not None,
        "reason": reason,
    }
    return _Asked(openings, version, standing)


def _made(context: Context, number: int, lead: int, asked: _Asked) -> list[Outlook]:
    record = context.ledger.read(number)
    if not asked.openings.coming.any():
        return []
    decision = {
        "cycle": number,
        "occurred_at": record["as_of"],
        "model": asked.version.member,
        "model_version": asked.version.name,
        "feature_version": record["silver"]["boxoffice"],
    }
    return outlooks.events(asked.outlook.forecast(asked.openings), asked.openings, lead, decision)
