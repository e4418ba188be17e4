"""`cineloop script judge`: whom a script is likely to please, and which passages say so."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.cli.options import DEFAULT_STATE, JsonOption, StateOption
from pipelines.cli.output.tables import show, show_json
from pipelines.platform.context import Context
from pipelines.platform.state import State

_BAR = 12  # letters on each side of a curve


def judge(
    file: Annotated[Path, typer.Argument(help="A script in Fountain.")],
    state: StateOption = DEFAULT_STATE,
    as_json: JsonOption = False,
) -> None:
    """Show appeal by segment, sentiment by scene, pace, dialogue, readability, similar films, and what carries each."""
    from pipelines.scripts.files import read_script
    from pipelines.scripts.judging.answer import judge_script, serving_judges

    script = read_script(file)
    answer = judge_script(script, serving_judges(Context(State.at(state))))
    if as_json:
        show_json(answer)
        return
    facts = answer.facts
    read = ", ".join(f"{row['genre']} {row['share']:.2f}" for row in facts["genres_read"])
    about = f"{facts['scenes']} scenes, {facts['words']:,} words, {facts['pages']} pages, reads as {read}"
    rows = [[row["segment"], row["appeal"], row["low"], row["high"], _carried(row)] for row in answer.appeal]
    names = ("segment", "appeal", "80 % from", "to", "carried by")
    show(f"{file.name}: {about}; appeal by {facts['judge_version']}, log of times an average film", names, rows)
    columns = ("scene", "heading", "words", "genre", "dialogue", "sentiment")
    rows = [[*(row[name] for name in columns), _bar(row["sentiment"])] for row in answer.scenes]
    show("scenes", (*columns, ""), rows)
    if facts["sentiment_note"]:
        typer.echo(f"sentiment was not learned: {facts['sentiment_note']}")
    show("scores", ("score", "value", "carried by"), [[r["score"], r["value"], _carried(r)] for r in answer.scores])
    columns = ("film_id", "title", "year", "likeness", "rating", "gross")
    rows = [[*(row[name] for name in columns), _carried(row)] for row in answer.similar]
    show("similar films", (*columns, "carried by"), rows)


def _carried(row: dict[str, Any]) -> str:
    parts = [
        f"scene {each['scene']} {each['adds']:+.3g}" + (f" “{each['passage']}”" if each["passage"] else "")
        for each in row["carried_by"]
        if each["adds"] is not None
    ]
    return "; ".join(parts[:2])


def _bar(value: float | None) -> str:
    if value is None:
        return ""
    length = round(min(abs(value) / 3, 1) * _BAR)
    return "█" * length if value > 0 else "░" * length
