"""`cineloop broker`: the embedded Kafka of a state folder, started and stopped by hand."""

from typing import TYPE_CHECKING

import typer

from pipelines.cli.options import DEFAULT_STATE, JsonOption, StateOption
from pipelines.cli.output.tables import show_json
from pipelines.platform.state import State

if TYPE_CHECKING:
    from pathlib import Path

    from streaming.broker.node import BrokerStatus, EmbeddedBroker

app = typer.Typer(no_args_is_help=True, help="The embedded Kafka broker of a state folder.")


@app.command()
def start(state: StateOption = DEFAULT_STATE, as_json: JsonOption = False) -> None:
    """Start it with all topics, and leave it running; nothing happens if it runs already."""
    from streaming.kafka.admin import ensure_topics

    running = _broker(state).start()
    ensure_topics(running.bootstrap)
    _show(running.status(), as_json)


@app.command()
def stop(state: StateOption = DEFAULT_STATE, as_json: JsonOption = False) -> None:
    """Stop it; its data stay."""
    broker = _broker(state)
    broker.stop()
    _show(broker.status(), as_json)


@app.command()
def status(state: StateOption = DEFAULT_STATE, as_json: JsonOption = False) -> None:
    """Say whether it runs and where; the exit code is 1 if it does not."""
    found = _broker(state).status()
    _show(found, as_json)
    if not found.running:
        raise typer.Exit(1)


def _broker(state: "Path") -> "EmbeddedBroker":
    from streaming.broker.node import EmbeddedBroker

    return EmbeddedBroker(State.at(state).broker)


def _show(status: "BrokerStatus", as_json: bool) -> None:
    if as_json:
        show_json(status)
    elif status.running:
        typer.echo(f"running at {status.bootstrap} as process {status.pid}, in {status.folder}")
    else:
        typer.echo(f"not running, in {status.folder}")
