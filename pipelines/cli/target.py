"""`cineloop target`: whom a campaign should reach for a film."""

from dataclasses import asdict
from typing import Annotated

import typer

from pipelines.cli.options import DEFAULT_STATE, JsonOption, StateOption


def target(
    film: Annotated[str, typer.Argument(help="A film_id, or part of a title.")],
    state: StateOption = DEFAULT_STATE,
    as_json: JsonOption = False,
) -> None:
    """Show which segments of the viewers to reach for a film that is about to open, by what a campaign would add."""
    from pipelines import targeting
    from pipelines.cli.answer import show, show_json
    from pipelines.context import Context
    from pipelines.state import State

    answer = targeting.target(Context(State.at(state)), film)
    if as_json:
        show_json(asdict(answer))
        return
    facts = answer.facts
    title = f"{facts['title']} ({facts['film_id']}), opens {facts['opens']}, as known on {facts['as_of']}"
    columns = ("facet", "segment", "viewers", "affinity", "uplift", "low", "high")
    names = (*columns[:5], "80 % from", "to")
    whole = ["", "all", *(facts[name] for name in columns[2:])]
    show(f"{title}: whom to reach", names, [[row[name] for name in columns] for row in answer.segments] + [whole])
    shares = ("share", "uplift", "affinity", "random")
    rows = [[row[name] for name in shares] for row in answer.curve]
    show("expected share of the gain", ("viewers reached", "by uplift", "by affinity", "at random"), rows)
    measured = facts["measured"]
    typer.echo(
        f"{facts['model_version']}, on {measured['campaigns']} campaigns that it had not seen: "
        f"{1000 * measured['uplift']:.2f} viewers of a thousand over a random order (90 %: "
        f"{1000 * measured['low']:.2f} to {1000 * measured['high']:.2f}), by affinity "
        f"{1000 * measured['affinity']:.2f}"
    )
