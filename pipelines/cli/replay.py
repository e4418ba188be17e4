"""`cineloop replay`: real data onto the topics."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.options import DEFAULT_STATE, StateOption
from pipelines.platform.state import State


def replay(
    data: Annotated[list[Path], typer.Option(exists=True, file_okay=False, help="A folder of data; repeatable.")],
    rate: Annotated[float | None, typer.Option(min=1, help="Events a second; as fast as it goes by default.")] = None,
    state: StateOption = DEFAULT_STATE,
) -> None:
    """Send real data to the topics of a running broker. Sending it twice does no harm: duplicates are dropped."""
    from rich.progress import Progress

    from pipelines.platform import state_source
    from pipelines.platform.state_source import Source
    from streaming.broker.node import resolve_bootstrap
    from streaming.datasets.recognise import recognise
    from streaming.kafka.admin import ensure_topics
    from streaming.replay.run import replay as send

    place = State.at(state)
    state_source.settle(place, Source("data"))
    bootstrap = resolve_bootstrap(place.root)
    ensure_topics(bootstrap)
    with Progress() as bar:
        task = bar.add_task("events", total=None)
        counts = send(
            [recognise(folder) for folder in data],
            bootstrap,
            state_source.key(place),
            rate=rate,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    typer.echo(f"{counts.produced:,} events sent, {counts.dead_lettered:,} lines to the dead letters")
