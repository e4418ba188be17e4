"""`cineloop backtest`: what the forecaster would have forecast in the past, week by week, and its errors."""

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.options import DEFAULT_STATE, JsonOption, StateOption
from pipelines.cli.output.tables import show, show_json
from pipelines.platform.context import Context
from pipelines.platform.state import State

if TYPE_CHECKING:
    from pipelines.forecasting.backtest.answer import BacktestAnswer


def backtest(
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day.")],
    last: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], help="The last day.", show_default="that of the newest box office"),
    ] = None,
    anew: Annotated[bool, typer.Option("--anew", help="Forecast again the weeks that were forecast before.")] = False,
    state: StateOption = DEFAULT_STATE,
    as_json: JsonOption = False,
) -> None:
    """Evaluate the forecaster on the past: its errors beside the baseline's, and the coverage of its intervals.

    It is trained anew for each quarter, on what was known by then, and forecasts 28 days from each week's end.
    """
    import pandas as pd

    from pipelines.cli.output.bars import EpochBars
    from pipelines.forecasting.backtest.answer import backtest as asked
    from pipelines.report.figures.history import draw_history

    until = None if last is None else pd.Timestamp(last)
    with EpochBars() as bars:
        answer = asked(Context(State.at(state)), pd.Timestamp(first), until, anew, bars.began, bars.progress)
    picture = draw_history(answer.weeks, State.at(state).report) if answer.weeks else None
    if as_json:
        show_json({**asdict(answer), "picture": picture})
    else:
        _show(answer)
        if picture:
            typer.echo(f"plot by week: {picture}")


def _show(answer: "BacktestAnswer") -> None:
    facts = answer.facts
    titles = ("quarter", "weeks", "films", "days", "WAPE", "baseline", "in 80 % band")
    names = ("quarter", "weeks", "films", "days", "wape", "baseline_wape", "cover80")
    title = f"{facts['model']}, {facts['days_ahead']} days from the end of each week, by what is known now"
    show(title, titles, [[row[name] for name in names] for row in answer.quarters])
    for name, reason in answer.skipped.items():
        typer.echo(f"{name} was skipped: {reason}")
    typer.echo(f"{facts['made']} of {facts['weeks']} weeks were forecast now; the others had been before")
