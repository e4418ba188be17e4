"""`cineloop rebuild`: bronze and silver anew from the topics."""

import typer

from pipelines.cli.options import DEFAULT_STATE, StateOption


def rebuild(state: StateOption = DEFAULT_STATE) -> None:
    """Read the topics again from their beginning: bronze, silver and their checkpoints are made anew.

    The cure for a torn or foreign checkpoint. Decisions, models and the ledger stay as they are.
    """
    from pipelines import services
    from pipelines.context import Context
    from pipelines.stages.rebuild import rebuild as anew
    from pipelines.state import State

    place = State.at(state)
    with services.broker(place):
        typer.echo(anew(Context(place)).equation())
