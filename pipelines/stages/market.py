"""The market of the next four weeks, all films and by genre: learn from the past, forecast, publish."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
import pyarrow.compute as pc

from jobs import decisions
from models.errors import EmptyTraining
from models.outlook.markets import MarketOutlook, Markets
from pipelines import markets, set_aside, tables
from pipelines.context import Context
from pipelines.errors import NothingThere
from pipelines.film_history import film_history
from pipelines.outlooks import today_of
from pipelines.registry import Version
from pipelines.stages.publish import send
from streaming.events import MarketForecast

_MEMBER = "stack"


def publish(context: Context, number: int) -> list[MarketForecast]:
    """Make, write and send this cycle's forecasts of the market.

    What cannot be learned yet is noted with its reason, and nothing is published.
    """
    try:
        made, note = forecast(context, number)
    except (EmptyTraining, NothingThere) as error:
        made, note = [], {"version": None, "reason": str(error)}
    decisions.write(context.spark, context.lake, decisions.MARKET, number, markets.rows(made))
    send(context, made, number)
    context.ledger.note(number, market=note)
    return made


def forecast(context: Context, number: int) -> tuple[list[MarketForecast], dict[str, Any]]:
    """This cycle's forecasts, and what the ledger is to keep of them; a repeated cycle makes the same.

    Raises:
        NothingThere: no film has taken anything.
        EmptyTraining: there is too little to learn from.
    """
    record = context.ledger.read(number)
    history = film_history(context.state.lake, record["as_of"])
    before = tables.read(context.state.lake, decisions.MARKET, where=pc.field("cycle") < number)
    came = markets.met(before, history)
    openings = markets.announced(history, today_of(record["as_of"]))
    version, outlook, reason = _served(context, number, partial(markets.known, history, openings), came)
    asked = markets.known(history, openings, outlook.genres)
    made = outlook.forecast(asked, came)
    set_aside.note(context.ledger, number, "market_forecasts", history.aside)
    decision = {
        "cycle": number,
        "occurred_at": record["as_of"],
        "model": version.member,
        "model_version": version.name,
        "feature_version": record["silver"]["boxoffice"],
    }
    note = {"name": _MEMBER, "version": version.name, "fitted": reason is not None, "reason": reason}
    return markets.events(made, decision), {**note, **markets.note_of(asked, made)}


def _served(
    context: Context, number: int, known: Callable[[list[str] | None], Markets], came: pd.DataFrame
) -> tuple[Version, MarketOutlook, str | None]:
    """What stands or, where there is reason to, a new fit; and the reason."""
    version = context.registry.serving_before(markets.FAMILY, number)
    standing = MarketOutlook.load(version.folder) if version else None
    asked = known(standing.genres if standing else None)
    reason = markets.reason_to_fit(standing, asked, came)
    if version and standing and not reason:
        return version, standing, None
    fitted = MarketOutlook.fit(known(None))
    version = context.registry.register(markets.FAMILY, _MEMBER, number, fitted.save, until=fitted.until)
    context.registry.promote(markets.FAMILY, version.number)
    return version, MarketOutlook.load(version.folder), reason
