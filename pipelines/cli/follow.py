"""`cineloop follow`: the events of a topic as they come."""

from typing import Annotated, Literal

import typer

from pipelines.cli.options import DEFAULT_STATE, StateOption


def follow(
    topic: Annotated[str, typer.Argument(help="A topic, such as viewing.events or decisions.recommendations.")],
    state: StateOption = DEFAULT_STATE,
    from_beginning: Annotated[bool, typer.Option("--from-beginning", help="Not only what comes from now on.")] = False,
    until_end: Annotated[bool, typer.Option("--until-end", help="End where the topic ends now.")] = False,
) -> None:
    """Print a topic's events, a line of JSON each; Ctrl-C ends it."""
    import json

    from streaming.broker.node import resolve_bootstrap
    from streaming.kafka.consumer import read_topic
    from streaming.schema.events import Event

    start: Literal["beginning", "latest"] = "beginning" if from_beginning or until_end else "latest"
    try:
        for received in read_topic(resolve_bootstrap(state), topic, start, follow=not until_end):
            place = {"partition": received.partition, "offset": received.offset}
            if isinstance(received.event, Event):
                body = {
                    "type": received.event.type,
                    **received.event.model_dump(mode="json", exclude_none=True),
                }
            else:
                body = {"error": str(received.event)}
            typer.echo(json.dumps({**place, **body}))
    except KeyboardInterrupt:
        return
