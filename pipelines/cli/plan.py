"""`cineloop plan`: when a film should open."""

from typing import Annotated, Any

import typer

from pipelines.cli.options import DEFAULT_STATE, JsonOption, StateOption
from pipelines.cli.output.tables import show, show_json
from pipelines.platform.state import State

_SHOWN = 8  # dates


def plan(
    film: Annotated[str, typer.Argument(help="A film_id, or part of a title.")],
    weeks: Annotated[int, typer.Option("--weeks", min=1, help="Weeks of dates, from four weeks ahead.")] = 26,
    scales: Annotated[
        list[float], typer.Option("--scale", min=0.2, max=5, help="Theatres over what is usual for such a film.")
    ] = [0.75, 1.0, 1.25],  # noqa: B006
    state: StateOption = DEFAULT_STATE,
    as_json: JsonOption = False,
) -> None:
    """Show what a film would take on other dates and in more or fewer theatres, beside its announced date."""
    from pipelines.planning import answer as planning
    from pipelines.platform.ledger import Ledger

    where = State.at(state)
    scaled = tuple(dict.fromkeys([1.0, *scales]))
    answer = planning.plan(where.lake, film, weeks, scaled, by=Ledger(where.cycles).now())
    if as_json:
        show_json(answer)
        return
    facts = answer.facts
    best = sorted((row for row in answer.dates if row["scale"] == 1), key=lambda row: -row["q50"])
    shown = best[:_SHOWN] + [row for row in best[_SHOWN:] if row["announced"]]
    title = f"{facts['title']} ({facts['film_id']}), announced for {facts['announced']}, as known on {facts['as_of']}"
    columns = ("opens", "q10", "q50", "q90", "gain", "share", "80 % from", "to", "probability")
    show(f"{title}: the best dates", columns, [_line(row) for row in shown])
    sized = [row for row in answer.dates if row["opens"] == facts["best"]]
    names = ("theatres over usual", "theatres", "q10", "q50", "q90")
    values = [[row[name] for name in ("scale", "theatres", "q10", "q50", "q90")] for row in sized]
    told = len({row["q50"] for row in sized}) > 1 or len(sized) == 1
    went = "what went with them in the past" if told else "in the past, more of them did not go with more"
    show(f"theatres on {facts['best']}: {went}", names, values)
    rivals = [[row["film_id"], row["title"], row["opens"].date(), row["likeness"]] for row in answer.rivals]
    show(f"rivals announced near {facts['best']}", ("film_id", "title", "opens", "likeness"), rivals)


def _line(row: dict[str, Any]) -> list[Any]:
    opens = f"{row['opens']}{' (announced)' if row['announced'] else ''}"
    return [opens, *(row[name] for name in ("q10", "q50", "q90", "gain", "gain50", "gain10", "gain90", "probability"))]
