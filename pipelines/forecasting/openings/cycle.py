"""The outlooks of a cycle: fitted anew where there is reason to, made of all announced films, and published."""

from dataclasses import asdict, dataclass
from functools import cache, partial
from typing import Any

from models.base.errors import EmptyTraining
from models.outlook.openings import LEADS, OpeningOutlook, Openings
from pipelines.forecasting.openings import decide, train
from pipelines.lake import outbox
from pipelines.lake.box_office import BoxOfficeHistory
from pipelines.lake.film_history import film_history
from pipelines.platform import set_aside
from pipelines.platform.context import Context
from pipelines.platform.errors import NothingServes, NothingThere
from pipelines.platform.model_registry import Version
from pipelines.promotion import promote
from streaming.schema.events import Outlook


@dataclass(frozen=True)
class ServedOutlook:
    """The films of a cycle's forecast, the outlook that serves for it, and what the ledger keeps of both."""

    openings: Openings
    version: Version
    outlook: OpeningOutlook
    note: dict[str, Any]


def publish(context: Context, number: int) -> list[Outlook]:
    """Make, write and send this cycle's outlooks, or send those that it had written.

    An announced film has one, by the nearest lead that it can be asked at. What cannot be learned yet is noted with
    its reason, and nothing is published of it.
    """
    return outbox.publish(context, number, decide.OUTBOX, partial(_made, context, number))


def _made(context: Context, number: int) -> list[Outlook]:
    record = context.ledger.read(number)
    notes: dict[str, Any] = {}
    made: dict[str, Outlook] = {}
    known = cache(partial(film_history, context.state.lake, record["as_of"]))
    aside: dict[str, str] = {}
    for lead in LEADS:
        try:
            served = renewed(context, number, lead, known())
        except (EmptyTraining, NothingThere, NothingServes) as error:
            notes[str(lead)] = {"version": None, "reason": str(error)}
            continue
        notes[str(lead)] = served.note
        aside |= {**known().aside, **served.openings.aside}
        if served.openings.coming.any():
            forecast = served.outlook.forecast(served.openings)
            decision = outbox.decided_by(record, served.version, record["silver"]["boxoffice"])
            made |= {each.film_id: each for each in decide.events(forecast, served.openings, lead, decision)}
    context.ledger.note(number, outlooks={"made": len(made), "leads": notes})
    set_aside.note(context.ledger, number, "outlooks", aside)
    return list(made.values())


def renewed(context: Context, number: int, lead: int, history: BoxOfficeHistory) -> ServedOutlook:
    """The outlook that serves this cycle: a new fit, where there is reason for one and it passes the gate.

    Raises:
        EmptyTraining: there is too little to learn from, or nothing to ask.
        NothingServes: none serves, and the new fit is not shown to be better than its baseline.
    """
    family, today = decide.family(lead), decide.today_of(context.ledger.read(number)["as_of"])
    served = context.registry.loaded(family, OpeningOutlook.load, before=number)
    standing = served[1] if served else None
    openings = Openings.of(history.releases, history.past, today, lead, standing.genres if standing else None)
    if standing is None and not openings.coming.any():
        raise EmptyTraining(f"no announced film opens in {lead} days or more: send `film.described` with `opens`")
    measured = standing.measured(openings) if standing else None
    found = train.findings(standing, measured, openings, history.daily)
    why = train.reason_to_fit(standing, openings, found)
    fit = partial(train.fit, context, number, standing, openings, lead)
    version, outlook, fitted = promote.renewed(context, number, family, OpeningOutlook.load, why, fit)
    note = {
        "measured": asdict(measured) if measured else None,
        "drift": [asdict(finding) for finding in found],
        "films": int(openings.known.sum()),
        "asked": int(openings.coming.sum()),
        "name": train.MEMBER,
        "version": version.name,
        **fitted,
    }
    return ServedOutlook(openings, version, outlook, note)
