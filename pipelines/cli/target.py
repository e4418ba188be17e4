"""`cineloop target`: whom a campaign should reach for a film."""

from typing import Annotated, Any

import typer

from pipelines.cli.options import DEFAULT_STATE, JsonOption, StateOption
from pipelines.cli.output.tables import show, show_json
from pipelines.platform.context import Context
from pipelines.platform.state import State


def target(
    film: Annotated[str, typer.Argument(help="A film_id, or part of a title.")],
    state: StateOption = DEFAULT_STATE,
    as_json: JsonOption = False,
) -> None:
    """Show which segments of the viewers to reach for a film that is about to open, by what a campaign would add."""
    from pipelines.campaigns import answer as targeting

    answer = targeting.target(Context(State.at(state)), film)
    if as_json:
        show_json(answer)
        return
    facts = answer.facts
    title = f"{facts['title']} ({facts['film_id']}), opens {facts['opens']}, as known on {facts['as_of']}"
    names = ("facet", "segment", "viewers", "come anyway, of 1,000", "a trailer adds", "80 % from", "to")
    rows = [_row(segment) for segment in (*answer.segments, {"facet": "", "segment": "all", **facts})]
    show(f"{title}: whom to reach", names, rows)
    shares = ("share", "uplift", "affinity", "random")
    curve = [[row[name] for name in shares] for row in answer.curve]
    show("expected share of the gain", ("viewers reached", "by uplift", "by affinity", "at random"), curve)
    measured = facts["measured"]
    typer.echo(
        f"{facts['model_version']}, on {measured['campaigns']} campaigns that it had not seen: "
        f"{1000 * measured['uplift']:.2f} viewers of a thousand over a random order (90 %: "
        f"{1000 * measured['low']:.2f} to {1000 * measured['high']:.2f}), by affinity "
        f"{1000 * measured['affinity']:.2f}"
    )


def _row(of: dict[str, Any]) -> list[Any]:
    """A segment, and its shares of viewers in viewers of a thousand."""
    shares = (f"{1000 * of[name]:.1f}" for name in ("affinity", "uplift", "low", "high"))
    return [of["facet"], of["segment"], of["viewers"], *shares]
