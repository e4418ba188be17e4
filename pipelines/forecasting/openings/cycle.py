"""Films before they open: learn from those whose run is known, forecast those that are announced, publish."""

from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from models.base.errors import EmptyTraining
from models.outlook.openings import LEADS, OpeningOutlook, Openings
from pipelines.forecasting.openings import decide as outlooks
from pipelines.lake import outbox
from pipelines.lake.box_office import BoxOfficeFolder
from pipelines.lake.film_history import film_history
from pipelines.platform import set_aside
from pipelines.platform.context import Context
from pipelines.platform.errors import NothingServes, NothingThere
from pipelines.platform.model_registry import Version
from pipelines.promotion import promote
from streaming.schema.events import Outlook

_MEMBER = "stack"


@dataclass(frozen=True)
class _Asked:
    """A cycle's question: what is known, and the outlook that answers it."""

    openings: Openings
    version: Version
    outlook: OpeningOutlook


def publish(context: Context, number: int) -> list[Outlook]:
    """Make, write and send this cycle's outlooks, or send those that it had written.

    An announced film has one, by the nearest question that it can be asked. What cannot be learned yet is noted with
    its reason, and nothing is published of it.
    """
    return outbox.publish(context, number, outlooks.OUTBOX, partial(_made, context, number))


def _made(context: Context, number: int) -> list[Outlook]:
    as_of = context.ledger.read(number)["as_of"]
    notes: dict[str, Any] = {}
    made: dict[str, Outlook] = {}
    known = cache(partial(film_history, context.state.lake, as_of))
    aside: dict[str, str] = {}
    for lead in LEADS:
        try:
            found = asked(context, number, lead, known(), notes)
            aside |= {**known().aside, **found.openings.aside}
        except (EmptyTraining, NothingThere, NothingServes) as error:
            notes[str(lead)] = {"version": None, "reason": str(error)}
        else:
            made |= {each.film_id: each for each in _answered(context, number, lead, found)}
    context.ledger.note(number, outlooks={"made": len(made), "leads": notes})
    set_aside.note(context.ledger, number, "outlooks", aside)
    return list(made.values())


def asked(context: Context, number: int, lead: int, history: BoxOfficeFolder, notes: dict[str, Any]) -> _Asked:
    """The question as of this cycle, answered by what serves: a new fit, where there is reason for one and it passes.

    Raises:
        EmptyTraining: there is too little to learn from, or nothing to ask.
        NothingServes: nothing does, and the new fit is not shown to be better than its baseline.
    """
    family, today = outlooks.family(lead), outlooks.today_of(context.ledger.read(number)["as_of"])
    served = context.registry.loaded(family, OpeningOutlook.load, before=number)
    standing = served[1] if served else None
    openings = Openings.of(history.releases, history.past, today, lead, standing.genres if standing else None)
    if standing is None and not openings.coming.any():
        raise EmptyTraining(f"no film is to open that could be asked of {lead} days ahead")
    measured = standing.measured(openings) if standing else None
    found = outlooks.findings(standing, measured, openings, history.daily)
    why = outlooks.reason_to_fit(standing, openings, found)
    fit = partial(_fitted, context, number, standing, openings, lead)
    version, outlook, told = promote.renewed(context, number, family, OpeningOutlook.load, why, fit)
    notes[str(lead)] = {
        **outlooks.note_of(measured, found),
        "films": int(openings.known.sum()),
        "asked": int(openings.coming.sum()),
        "name": _MEMBER,
        "version": version.name,
        **told,
    }
    return _Asked(openings, version, outlook)


def _fitted(
    context: Context, number: int, standing: OpeningOutlook | None, openings: Openings, lead: int, why: str
) -> Version:
    """A new fit on all films whose run is known, with what was measured of its recipe.

    Raises:
        EmptyTraining: there is too little to learn from.
        Unmeasured: too little came since the last fit to measure another.
    """
    family = outlooks.family(lead)
    newest = promote.newest(context.registry, family, number)
    tried = int(newest.tags["until"]) if newest else 0
    compared = outlooks.comparison(standing, openings, tried) if standing else None
    fitted = OpeningOutlook.fit(openings, lead)
    note = {"why": why, "comparison": compared or outlooks.first_comparison(fitted)}
    return context.registry.register(family, _MEMBER, number, fitted.save, note, until=fitted.until)


def _answered(context: Context, number: int, lead: int, asked: _Asked) -> list[Outlook]:
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
