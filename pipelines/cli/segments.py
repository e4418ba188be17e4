"""`cineloop segments`: what segments of the audience like."""

from typing import Annotated

import typer

from pipelines.cli.options import DEFAULT_STATE, JsonOption, StateOption
from pipelines.cli.output.tables import show, show_json
from pipelines.platform.state import State


def segments(
    segment: Annotated[str | None, typer.Argument(help="One segment, with every published value.")] = None,
    of: Annotated[str | None, typer.Option("--of", help="age_band, gender, occupation, taste or all.")] = None,
    facet: Annotated[str | None, typer.Option("--facet", help="genre, decade or country.")] = None,
    period: Annotated[str | None, typer.Option("--period", help="A period by its first day, such as 2001-03.")] = None,
    state: StateOption = DEFAULT_STATE,
    as_json: JsonOption = False,
) -> None:
    """Show what sets segments apart from everybody, and which tastes rise or fall; cells of twenty viewers and more."""
    from pipelines.segments.answer import published, tastes_and_trends

    answer = tastes_and_trends(published(State.at(state).lake), of, facet, segment, period)
    if as_json:
        show_json(answer)
        return
    facts = answer.facts
    cell = ["segment_facet", "segment", "facet", "value"]
    columns = [*cell, "viewers", "share", "error", "share_of_all"]
    title = f"tastes in the {facts['kind']} from {facts['period']}"
    show(title, columns, [[row[name] for name in columns] for row in answer.tastes])
    columns = [*cell, "before", "share", "change", "low", "high", "trend"]
    title = f"rising and falling, against up to four {facts['kind']}s before (one in ten may be chance)"
    show(title, columns, [[row[name] for name in columns] for row in answer.trends])
