"""A further cycle's decisions on a copy of the turned state, stage by stage, by what serves in each family."""

import shutil
from pathlib import Path

from pipelines.forecasting.daily import cycle as daily
from pipelines.forecasting.market import cycle as market
from pipelines.forecasting.openings import cycle as openings
from pipelines.platform import processes
from pipelines.platform.context import Context
from pipelines.platform.state import State
from pipelines.recommending import decide as publish
from pipelines.scripts import cycle as script

_OWN = ("cycle", "closed", "seconds", "slates", "forecasts", "outlooks", "market", "scripts", "torn")


def copied(turned: Path, folder: Path) -> Context:
    """A copy of the state, in which a third cycle has come as far as its decisions."""
    context = Context(State.at(shutil.copytree(turned, folder)))
    last = [record for record in context.ledger.records() if record["closed"]][-1]
    number = context.ledger.open_or_resume()
    context.ledger.note(number, **{name: value for name, value in last.items() if name not in _OWN})
    return context


def decide(context: Context) -> None:
    """All that serves decides: slates, forecasts, outlooks, the market, drafts."""
    number = context.ledger.current()
    with processes.broker(context.state):
        publish.slates(context, number)
        daily.publish(context, number)
        openings.publish(context, number)
        market.publish(context, number)
        script.publish(context, number)
