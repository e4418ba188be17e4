"""`cineloop dead-letters`: what was rejected, on arrival or by the lake, and another try."""

from typing import Annotated

import typer

from pipelines.cli.options import DEFAULT_STATE, JsonOption, StateOption
from pipelines.cli.output.tables import show as show_table
from pipelines.cli.output.tables import show_json
from pipelines.platform.context import Context
from pipelines.platform.state import State

app = typer.Typer(
    no_args_is_help=True, help="What was rejected: on arrival (border: dead letters) or by the lake (lake: quarantine)."
)


@app.command("list")
def list_refused(state: StateOption = DEFAULT_STATE, as_json: JsonOption = False) -> None:
    """List all that was rejected: its id, by which part, its file and line or offset, and why."""
    from pipelines.lake import rejected

    found = rejected.everything(Context(State.at(state)))
    if as_json:
        show_json(found)
        return
    rows = [(each.id, each.by, each.origin, each.reason, "yes" if each.resolved else "no") for each in found]
    show_table(f"{len(found)} refused", ("id", "by", "origin", "reason", "resolved"), rows)


@app.command()
def show(
    identity: Annotated[str, typer.Argument(metavar="ID", help="An id of the list, or its beginning.")],
    state: StateOption = DEFAULT_STATE,
) -> None:
    """Show the bytes as they were received. A broken line may hold a raw viewer id: mind who is looking."""
    from pipelines.lake import rejected

    found, raw = rejected.bytes_of(Context(State.at(state)), identity)
    typer.echo(f"{found.origin}: {found.reason}\n{raw!r}")


@app.command()
def replay(state: StateOption = DEFAULT_STATE) -> None:
    """Try the dead letters again: those that can be read by now are sent as events, the others stay.

    The lake retries its quarantine by itself: an event of an unknown film is accepted once the film is described.
    """
    from pipelines.platform import processes, state_source
    from streaming.kafka.dead_letters import replay_letters

    place = State.at(state)
    with processes.broker(place):
        context = Context(place)
        outcome = replay_letters(context.bootstrap, state_source.key(place))
    typer.echo(f"{len(outcome.resolved)} sent, {len(outcome.staying)} stay")
    for letter, why in outcome.staying:
        typer.echo(f"  {letter.letter.origin}: {why}")
