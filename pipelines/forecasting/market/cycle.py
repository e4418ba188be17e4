"""The market forecasts of a cycle: of the next four weeks, of all films and by genre."""

from functools import partial
from typing import Any

import pandas as pd
import pyarrow.compute as pc

from jobs import decisions
from models.base.errors import EmptyTraining
from models.films.genres import ALL
from models.outlook.markets import SERIES, MarketOutlook
from pipelines.forecasting.market import decide, train
from pipelines.forecasting.market.observe import join_actuals
from pipelines.forecasting.openings.decide import today_of
from pipelines.lake import delta, outbox
from pipelines.lake.film_history import film_history
from pipelines.platform import set_aside
from pipelines.platform.context import Context
from pipelines.platform.errors import NothingServes, NothingThere
from pipelines.promotion import promote
from streaming.schema.events import MarketForecast


def publish(context: Context, number: int) -> list[MarketForecast]:
    """Make, write and send this cycle's forecasts of the market, or send those that it had written.

    What cannot be learned yet is noted with its reason, and nothing is published.
    """
    return outbox.publish(context, number, decide.OUTBOX, partial(_made, context, number))


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
        NothingServes: none serves, and the new fit is not shown to be better than its baseline.
    """
    record = context.ledger.read(number)
    history = film_history(context.state.lake, record["as_of"])
    before = delta.read(context.state.lake, decisions.MARKET, where=pc.field("cycle") < number)
    outcomes = join_actuals(before, history)
    market = partial(train.market_of, history, train.announced(history, today_of(record["as_of"])))
    served = context.registry.loaded(train.FAMILY, MarketOutlook.load, before=number)
    standing = served[1] if served else None
    why = train.reason_to_fit(standing, market(standing.genres if standing else None), outcomes)
    fit = partial(train.fit, context, number, standing, market)
    version, outlook, fitted = promote.renewed(context, number, train.FAMILY, MarketOutlook.load, why, fit)
    asked = market(outlook.genres)
    made = outlook.forecast(asked, outcomes)
    set_aside.note(context.ledger, number, "market_forecasts", history.aside)
    note = {
        "name": train.MEMBER,
        "version": version.name,
        **fitted,
        "genres": len(asked.alive) - 1,
        "known_until": str(pd.Timestamp(asked.last, unit="D").date()),
        "total": round(float(made.loc[made[SERIES] == ALL, "q50"].sum())),
    }
    return decide.events(made, outbox.decided_by(record, version, record["silver"]["boxoffice"])), note
