"""`cineloop run`: the whole loop."""

import signal
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.options import DEFAULT_STATE, StateOption
from pipelines.platform.state import State


def run(
    once: Annotated[bool, typer.Option("--once", help="End after the cycles.")] = False,
    cycles: Annotated[
        int, typer.Option(min=1, help="How many cycles; with --data, into how many windows to cut it.")
    ] = 3,
    seed: Annotated[int, typer.Option(help="The simulated audience's seed.")] = 7,
    data: Annotated[
        list[Path] | None,
        typer.Option(exists=True, file_okay=False, help="A folder of real data instead of the audience; repeatable."),
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Simulate nobody: run on what apps write to the topics.")
    ] = False,
    state: StateOption = DEFAULT_STATE,
) -> None:
    """Run the loop: broker, audience or data, cycles, report; then go on with cycles until Ctrl-C."""
    if live and data:
        raise typer.BadParameter("--live and --data exclude each other: who writes to the topics?")
    from pipelines.cli.output.display import RichDisplay
    from pipelines.cycle.run import Plan
    from pipelines.cycle.run import run as turn

    for number in (signal.SIGTERM, signal.SIGINT):  # SIGINT too: a shell's background jobs start with it ignored
        signal.signal(number, _interrupt)
    plan = Plan(State.at(state), once, cycles, seed, tuple(data or ()), live)
    with RichDisplay() as display:
        try:
            turn(plan, display)
        except KeyboardInterrupt:
            display.step("Stopped; `make run` goes on from here")


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt
