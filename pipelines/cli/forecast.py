"""`cineloop forecast`: what a film will take, how sure that is, and why."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.options import DEFAULT_STATE, JsonOption, StateOption
from pipelines.cli.output.tables import show, show_json
from pipelines.platform.context import Context
from pipelines.platform.state import State

if TYPE_CHECKING:
    from pipelines.forecasting.daily.answer import ForecastAnswer
    from pipelines.forecasting.openings.answer import OutlookAnswer

_PARTS = 12  # contributions that are named; the rest is one line
_WEEKS = 6  # of a comparable film's run that are shown


def forecast(
    film: Annotated[str | None, typer.Argument(help="A film_id, or part of a title.", show_default=False)] = None,
    described: Annotated[Path | None, typer.Option("--described", help="A YAML file with a film's facts.")] = None,
    title: Annotated[str | None, typer.Option(help="Title of a film that nobody has announced; with --opens.")] = None,
    opens: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day of its opening.")] = None,
    budget: Annotated[float | None, typer.Option(help="US dollars.")] = None,
    certificate: Annotated[str | None, typer.Option(help="G, PG, PG-13, R or NC-17.")] = None,
    distributor: Annotated[str | None, typer.Option(help="Who releases it.")] = None,
    genre: Annotated[list[str] | None, typer.Option(help="May be given more than once.")] = None,
    star: Annotated[list[str] | None, typer.Option(help="May be given more than once.")] = None,
    theatres: Annotated[int | None, typer.Option(help="Cinemas booked for the opening.")] = None,
    state: StateOption = DEFAULT_STATE,
    as_json: JsonOption = False,
) -> None:
    """Show what a film will take: day by day of one in release; in all, and why, of one that has not opened.

    A film that nobody has announced is described by --described FILE (title, opens, genres, budget, stars, …) or flags.
    """
    flags = {
        **{"title": title, "opens": opens and opens.date(), "budget": budget, "certificate": certificate},
        **{"distributor": distributor, "genres": genre, "stars": star, "opening_theatres": theatres},
    }
    told = {name: value for name, value in flags.items() if value}

    answer = _asked(film, described, told, state)
    if as_json:
        show_json(answer)
    else:
        _show(answer)


def _asked(
    film: str | None, described: Path | None, told: Mapping[str, object], state: Path
) -> "ForecastAnswer | OutlookAnswer":
    """For a film in release its newest forecast; for any other the outlook, whose models bring torch."""
    from pipelines.forecasting.daily.answer import forecast as of_days
    from pipelines.platform.errors import BadDescription, NothingServes, NothingThere, SeveralThere

    context = Context(State.at(state))
    if (film is None) != bool(described or told):
        raise BadDescription("name a film, or describe one by --described FILE or by --title and --opens; not both")
    not_out = None
    if film is not None:
        try:
            return of_days(context, film)
        except SeveralThere:
            raise
        except NothingThere as error:
            not_out = error
    from pipelines.forecasting.openings.answer import outlook
    from pipelines.forecasting.openings.described_film import read_description

    try:
        return outlook(context, film if film is not None else read_description(described, told))
    except (NothingThere, NothingServes) as not_coming:
        if not_out is None:
            raise
        raise NothingThere(f"{not_out}; {not_coming}") from not_coming


def _show(answer: "ForecastAnswer | OutlookAnswer") -> None:
    from pipelines.forecasting.daily.answer import ForecastAnswer

    if isinstance(answer, ForecastAnswer):
        _show_days(answer)
    else:
        _show_outlook(answer)


def _show_days(answer: "ForecastAnswer") -> None:
    facts = answer.facts
    made = f"cycle {facts['cycle']}, {facts['model_version']}"
    title = f"{facts['title']} ({facts['film_id']}), {made}: ${facts['total_q50']:,.0f}"
    columns = ("date", "q10", "q50", "q90")
    show(title, columns, [[day[name] for name in columns] for day in answer.days])
    _show_parts([(reason["feature"], reason["contribution"]) for reason in answer.reasons])


def _show_parts(parts: Sequence[tuple[str, float]]) -> None:
    """The strongest contributions, and all others as one."""

    rest = [(f"{len(parts) - _PARTS} others", sum(dollars for _, dollars in parts[_PARTS:]))] if parts[_PARTS:] else []
    show("what it is made of: dollars that sum to the median", ("what", "US$"), [*parts[:_PARTS], *rest])


def _show_outlook(answer: "OutlookAnswer") -> None:
    facts = answer.facts
    asked = f"opens on {facts['opens']}; as of {facts['as_of']}, {facts['lead']} days ahead, {facts['model_version']}"
    total = [[facts["q10"], facts["q50"], facts["q90"]]]
    show(f"{facts['title']} ({facts['film_id']}), {asked}: in all at home, US$", ("q10", "q50", "q90"), total)
    first_days = [[answer.opening[name] for name in ("q10", "q50", "q90")]]
    show("of that on its first three days", ("q10", "q50", "q90"), first_days)
    _show_parts([(part["what"], part["dollars"]) for part in answer.contributions])
    columns = ("title", "opened", "likeness", "first_week", "total")
    weeks = [" ".join(f"{gross / 1e6:.1f}" for gross in film["weeks"][:_WEEKS]) for film in answer.comparable]
    compared = [
        [*(film[name] for name in columns), taken] for film, taken in zip(answer.comparable, weeks, strict=True)
    ]
    show("comparable films", (*columns, "weeks, US$ million"), compared)
    changes = [[change["what"], change["q50"], change["change"]] for change in answer.changes]
    show("what would change it", ("if", "q50", "change"), changes)
