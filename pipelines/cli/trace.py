"""`cineloop trace`: how an event came to change a decision, or a decision came to be."""

from typing import Annotated

import typer

from pipelines.cli.options import DEFAULT_STATE, JsonOption, StateOption
from pipelines.cli.output.tables import printable, show, show_json
from pipelines.platform.context import Context
from pipelines.platform.state import State


def trace(
    identity: Annotated[str, typer.Argument(metavar="ID", help="An event, slate or forecast id, or recommender/3.")],
    state: StateOption = DEFAULT_STATE,
    as_json: JsonOption = False,
) -> None:
    """Walk the chain: event offsets, silver version, feature version, model version, decision, feedback."""
    from pipelines.cycle.lineage import trace as walk

    steps = walk(Context(State.at(state)), identity)
    if as_json:
        show_json(steps)
        return
    for step in steps:
        typer.secho(step.name, bold=True)
        typer.echo(printable("  " + "  ".join(f"{key} {value}" for key, value in step.ids.items())))
        if step.rows:
            names = list(dict.fromkeys(name for row in step.rows for name in row))
            show("", names, [[row.get(name) for name in names] for row in step.rows])
