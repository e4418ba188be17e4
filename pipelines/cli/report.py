"""`cineloop report`: the report, made anew."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.options import DEFAULT_STATE, StateOption
from pipelines.platform.context import Context
from pipelines.platform.state import State


def report(
    state: StateOption = DEFAULT_STATE,
    picture: Annotated[Path | None, typer.Option(help="Also draw the overview as a PNG.")] = None,
) -> None:
    """Write the report from what the ledger, the lake and the topics say now, and print its table."""
    from rich.console import Console

    from pipelines.platform import processes
    from pipelines.report import collect
    from pipelines.report.contract import read_report
    from pipelines.report.figures.overview import save_overview_png
    from pipelines.report.table import render_table

    place = State.at(state)
    with processes.broker(place):
        context = Context(place)
        page = collect.write(context)
    made = read_report(place.report / "report.json")
    Console().print(render_table(made))
    typer.echo(f"report   {page}")
    if picture:
        save_overview_png(made, picture)
        typer.echo(f"picture  {picture}")
