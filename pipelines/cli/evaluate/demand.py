"""`cineloop evaluate demand`: does viewing tell what films will take? In simulated worlds, film by film."""

from typing import Annotated

import typer

from pipelines.cli.options import JsonOption


def demand(
    worlds: Annotated[int, typer.Option("--worlds", min=2, help="Simulated worlds.")] = 12,
    viewers: Annotated[int, typer.Option("--viewers", min=50, help="Viewers of each world.")] = 400,
    weeks: Annotated[int, typer.Option("--weeks", min=60, help="Weeks that each world lives.")] = 104,
    lead: Annotated[int, typer.Option("--lead", min=1, help="Days before the opening.")] = 30,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the worlds.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Forecast films before they open with and without what viewers did in the weeks before, and compare the errors."""
    from dataclasses import asdict

    from pipelines.cli.output.epochs import EpochBars
    from pipelines.cli.output.tables import show, show_json
    from pipelines.simulation.study_demand import Study, evaluate_demand

    with EpochBars() as bars:
        done = evaluate_demand(Study(worlds, viewers, weeks, lead, seed), bars.began)
    if as_json:
        show_json(asdict(done))
        return
    names = ("inputs", "RMSLE", "mean error (log)", "change", "95 % from", "to", "films better off")
    lines = [list(asdict(row).values()) for row in done.rows]
    show(f"{done.films} films of {worlds} worlds, {done.learned:.0f} learned in each", names, lines)
