"""`cineloop report`: the report, made anew."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.options import DEFAULT_STATE, StateOption


def report(
    state: StateOption = DEFAULT_STATE,
    picture: Annotated[Path | None, typer.Option(help="Also draw the overview as a PNG.")] = None,
) -> None:
    """Write the report from what the ledger, the lake and the topics say now, and print its table."""
    from rich.console import Console

    from pipelines import reporting, services
    from pipelines.context import Context
    from pipelines.report.contract import read_report
    from pipelines.report.picture import save_overview_png
    from pipelines.report.table import render_table
    from pipelines.state import State

    place = State.at(state)
    with services.broker(place):
        context = Context(place)
        page = reporting.write(context)
    made = read_report(place.report / "report.json")
    Console().print(render_table(made))
    typer.echo(f"report   {page}")
    if picture:
        save_overview_png(made, picture)
        typer.echo(f"picture  {picture}")
