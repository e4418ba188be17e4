"""`cineloop viewer`: what is known of a viewer."""

from typing import Annotated

import typer

from pipelines.cli.options import DEFAULT_STATE, JsonOption, StateOption
from pipelines.cli.output.tables import show, show_json
from pipelines.platform.context import Context
from pipelines.platform.state import State


def viewer(
    viewer: Annotated[str, typer.Argument(help="A viewer's pseudonym, or the beginning of one.")],
    state: StateOption = DEFAULT_STATE,
    as_json: JsonOption = False,
) -> None:
    """Show a viewer's profile: counts, segment, tastes by genre, decade and people beside everybody's, last films."""
    from pipelines.recommending import answer as desk

    answer = desk.viewer(Context(State.at(state)), viewer)
    if as_json:
        show_json(answer)
        return
    show("", ("what", "value"), list(answer.facts.items()))
    columns = ("facet", "value", "films", "lately", "share", "share_of_all")
    show("tastes", columns, [[taste[name] for name in columns] for taste in answer.tastes])
    show(
        "last films",
        ("title", "film_id", "strength"),
        [[f["title"], f["film_id"], f["strength"]] for f in answer.films],
    )
