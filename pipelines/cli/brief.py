"""`cineloop brief`: what a segment of the audience wants of a film."""

from typing import Annotated

import typer

from pipelines.cli.options import DEFAULT_STATE, JsonOption, StateOption
from pipelines.cli.output.tables import show, show_json
from pipelines.platform.state import State


def brief(
    segment: Annotated[str, typer.Option("--segment", help="A segment, such as Horror, taste/Horror or all.")],
    state: StateOption = DEFAULT_STATE,
    as_json: JsonOption = False,
) -> None:
    """Show what a segment wants: genres, eras, tone, comparable titles, with intervals; of twenty viewers and more."""
    from pipelines.scripts.brief import brief as asked

    answer = asked(State.at(state).lake, segment)
    if as_json:
        show_json(answer)
        return
    facts, tone = answer.facts, answer.tone
    columns = ["value", "viewers", "share", "low", "high", "share_of_all", "wanted", "trend"]
    titles = ["", "viewers", "share", "80 % from", "to", "of all", "wanted", "trend"]
    about = f"{facts['segment']}, {facts['kind']} from {facts['period']}"
    for what, rows in (("genres", answer.genres), ("eras", answer.eras)):
        show(f"{what} of {about}", titles, [[row[name] for name in columns] for row in rows])
    lean = f"lean to the light {tone['lean']:+.3f} (80 %: {tone['low']:+.3f} to {tone['high']:+.3f})"
    typer.echo(f"tone: {tone['tone']}; light {tone['light']:.2f}, dark {tone['dark']:.2f}, {lean}")
    titles = ["film_id", "title", "year", "genres", "fit"]
    films = [
        [row["film_id"], row["title"], row["year"], ", ".join(row["genres"]), row["fit"]] for row in answer.comparables
    ]
    show("comparable titles", titles, films)
    called = f"{facts['called']} of {facts['of']} values are called more or less wanted than by others"
    typer.echo(f"{called}, of which {facts['false']:.0%} may be chance; {facts['periods']} periods are published")
