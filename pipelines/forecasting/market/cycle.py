"""The market of the next four weeks, all films and by genre: learn from the past, forecast, publish."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pyarrow.compute as pc

from jobs import decisions
from models.base.errors import EmptyTraining
from models.outlook.markets import MarketOutlook, Markets
from pipelines.forecasting.market import decide as markets
from pipelines.forecasting.openings.decide import today_of
from pipelines.lake import delta, outbox
from pipelines.lake.film_history import film_history
from pipelines.platform import set_aside
from pipelines.platform.context import Context
from pipelines.platform.errors import NothingServes, NothingThere
from pipelines.platform.model_registry import Version
from pipelines.promotion import promote
from streaming.schema.events import MarketForecast

_MEMBER = "stack"


def publish(context: Context, number: int) -> list[MarketForecast]:
    """Make, write and send this cycle's forecasts of the market, or send those that it had written.

    What cannot be learned yet is noted with its reason, and nothing is published.
    """
    return outbox.publish(context, number, markets.OUTBOX, partial(_made, context, number))


def _made(context: Context, number: int) -> list[MarketForecast]:
    try:
        made, note = forecast(context, number)
    except (EmptyTraining, NothingThere, NothingServes) as error:
        made, note = [], {"version": None, "reason": str(error)}
    context.ledger.note(number, market=note)
    return made


def forecast(context: Context, number: int) -> tuple[list[MarketForecast], dict[str, Any]]:
    """This cycle's forecasts, and what the ledger is to keep of them; a repeated cycle makes the same.

    Raises:
        NothingThere: no film has taken anything.
        EmptyTraining: there is too little to learn from.
        NothingServes: nothing does, and the new fit is not shown to be better than its baseline.
    """
    record = context.ledger.read(number)
    history = film_history(context.state.lake, record["as_of"])
    before = delta.read(context.state.lake, decisions.MARKET, where=pc.field("cycle") < number)
    came = markets.met(before, history)
    openings = markets.announced(history, today_of(record["as_of"]))
    served = context.registry.loaded(markets.FAMILY, MarketOutlook.load, before=number)
    standing = served[1] if served else None
    known = partial(markets.known, history, openings)
    why = markets.reason_to_fit(standing, known(standing.genres if standing else None), came)
    fit = partial(_fitted, context, number, standing, known)
    version, outlook, told = promote.renewed(context, number, markets.FAMILY, MarketOutlook.load, why, fit)
    asked = known(outlook.genres)
    made = outlook.forecast(asked, came)
    set_aside.note(context.ledger, number, "market_forecasts", history.aside)
    decision = {
        "cycle": number,
        "occurred_at": record["as_of"],
        "model": version.member,
        "model_version": version.name,
        "feature_version": record["silver"]["boxoffice"],
    }
    note = {"name": _MEMBER, "version": version.name, **told}
    return markets.events(made, decision), {**note, **markets.note_of(asked, made)}


def _fitted(
    context: Context, number: int, standing: MarketOutlook | None, known: Callable[..., Markets], why: str
) -> Version:
    """A new fit on all days, with what was measured of its recipe.

    Raises:
        EmptyTraining: there is too little to learn from.
        Unmeasured: too little came since the last fit to measure another.
    """
    newest = promote.newest(context.registry, markets.FAMILY, number)
    tried = int(newest.tags["until"]) if newest else 0
    compared = None
    if standing:
        asked = known(standing.genres)
        compared = markets.comparison(standing, asked, lambda day: known(standing.genres, until=day), tried)
    fitted = MarketOutlook.fit(known(None))
    note = {"why": why, "comparison": compared or markets.first_comparison(fitted)}
    return context.registry.register(markets.FAMILY, _MEMBER, number, fitted.save, note, until=fitted.until)
