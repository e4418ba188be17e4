"""`cineloop rebuild`: bronze and silver anew from the topics."""

from typing import Annotated

import typer

from pipelines.cli.options import DEFAULT_STATE, StateOption
from pipelines.platform.context import Context
from pipelines.platform.state import State

AcceptLossOption = Annotated[
    bool, typer.Option("--accept-loss", help="Go on although the lake holds events that the topics no longer do.")
]


def rebuild(state: StateOption = DEFAULT_STATE, accept_loss: AcceptLossOption = False) -> None:
    """Read the topics again from their beginning: bronze, silver and their checkpoints are made anew.

    The cure for a torn or foreign checkpoint. The new tables are made beside the old ones and take their place once
    they are whole, unless events would be lost. Decisions, models and the ledger stay as they are.
    """
    from pipelines.cycle.rebuild import rebuild as anew
    from pipelines.platform import processes

    place = State.at(state)
    with processes.broker(place):
        counts, lost = anew(Context(place), accept_loss)
    typer.echo(counts.equation())
    if lost.events:
        typer.echo(f"lost: {', '.join(f'{count} of {topic}' for topic, count in lost.events.items())}")
