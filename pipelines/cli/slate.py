"""`cineloop slate`: what a viewer is shown next, and why."""

from typing import Annotated

import typer

from pipelines.cli.options import DEFAULT_STATE, JsonOption, StateOption
from pipelines.cli.output.tables import show, show_json
from pipelines.platform.context import Context
from pipelines.platform.state import State


def slate(
    viewer: Annotated[str, typer.Argument(help="A viewer's pseudonym, or the beginning of one.")],
    state: StateOption = DEFAULT_STATE,
    as_json: JsonOption = False,
) -> None:
    """Show a viewer's newest slate: films, propensities, reasons."""
    from pipelines.recommending import answer as desk

    answer = desk.slate(Context(State.at(state)), viewer)
    if as_json:
        show_json(answer)
        return
    facts = answer.facts
    made_by = facts["model_version"] or facts["policy"]
    title = f"viewer {facts['viewer_id']}, cycle {facts['cycle']}, {made_by}, slate {facts['slate_id']}"
    columns = ("position", "film_id", "title", "propensity", "score", "reason")
    show(title, columns, [[film[name] for name in columns] for film in answer.films])
