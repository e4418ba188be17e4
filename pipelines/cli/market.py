"""`cineloop market`: what all films, or those of a genre, will take, and which genres rise or fall."""

from typing import Annotated

import typer

from pipelines.cli.options import DEFAULT_STATE, JsonOption, StateOption
from pipelines.cli.output.tables import show, show_json
from pipelines.platform.context import Context
from pipelines.platform.state import State


def market(
    genre: Annotated[str | None, typer.Option("--genre", help="One genre.", show_default="all films")] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=28, help="How many of the days ahead.")] = 28,
    state: StateOption = DEFAULT_STATE,
    as_json: JsonOption = False,
) -> None:
    """Show what the market should take day by day, and how the last quarter stands to the same one a year before."""
    from pipelines.forecasting.market.answer import market as asked

    answer = asked(Context(State.at(state)), genre, days)
    if as_json:
        show_json(answer)
        return
    facts = answer.facts
    about = f"{facts['genre'] or 'all films'} in {facts['territory']}"
    made = f"known until {facts['as_of']}, cycle {facts['cycle']}, {facts['model_version']}"
    columns = ("date", "q10", "q50", "q90")
    rows = [[day[name] for name in columns] for day in answer.days]
    show(f"{about}, {made}: ${facts['total_q50']:,.0f} in 28 days", columns, rows)
    names = ("gross", "before", "change", "low", "high", "share", "share_before", "verdict")
    lines = [[row["genre"] or "all films", *(row[name] for name in names)] for row in answer.trend]
    titles = ("genre", "US$", "a year before", "change", "80 % from", "to", "share", "share before", "")
    show(f"{facts['days_compared']} days until {facts['as_of']} against the same days a year before", titles, lines)
