"""`cineloop forecast`: what a film will take, how sure that is, and why."""

from dataclasses import asdict
from typing import Annotated

import typer

from pipelines.cli.options import DEFAULT_STATE, JsonOption, StateOption


def forecast(
    film: Annotated[str, typer.Argument(help="A film_id, or part of a title.")],
    state: StateOption = DEFAULT_STATE,
    as_json: JsonOption = False,
) -> None:
    """Show a film's newest forecast: quantiles by day, and what moves them."""
    from pipelines import desk
    from pipelines.cli.answer import show, show_json
    from pipelines.context import Context
    from pipelines.state import State

    answer = desk.forecast(Context(State.at(state)), film)
    if as_json:
        show_json(asdict(answer))
        return
    facts = answer.facts
    made = f"cycle {facts['cycle']}, {facts['model_version']}"
    title = f"{facts['title']} ({facts['film_id']}), {made}: ${facts['total_q50']:,.0f}"
    columns = ("date", "q10", "q50", "q90")
    show(title, columns, [[day[name] for name in columns] for day in answer.days])
    show(
        "what moves the median",
        ("feature", "log ratio"),
        [list(reason.values()) for reason in answer.reasons],
    )
