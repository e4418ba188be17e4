"""Answers of a verb: a table for people, JSON for programs."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields, is_dataclass
from typing import Any

import typer

_CONTROLS = [*range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_ESCAPED = {code: repr(chr(code))[1:-1] for code in _CONTROLS}


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table."""
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    whole = (Column(Text(printable(column)), overflow="fold") for column in columns)  # ids are there to be copied
    table = Table(*whole, title=Text(printable(title)), title_justify="left")
    for row in rows:
        table.add_row(*(Text(printable(_text(value))) for value in row))
    Console().print(table)


def show_json(answer: Any) -> None:
    """Print JSON; dataclasses become objects, and what JSON has no form for becomes text."""
    typer.echo(json.dumps(answer, indent=2, default=_plain))


def show_study(run: Callable[[Callable[[str], None]], Any], as_json: bool, title: str) -> None:
    """Run a study with a bar for each of its steps, and print its result as `show_findings` does, or as JSON.

    Args:
        run: is handed what a study calls with the name of each step that begins.
    """
    from pipelines.cli.output.bars import EpochBars

    with EpochBars() as bars:
        result = run(bars.began)
    show_findings(result, as_json, title)


def show_findings(found: Any, as_json: bool, title: str) -> None:
    """Print a dataclass of findings: each of its lists as a table of records, all else as one; or a list of records."""
    if as_json:
        show_json(found)
        return
    if isinstance(found, list):
        records = [asdict(each) for each in found]
        show(title, list(records[0]), [list(each.values()) for each in records])
        return
    facts = {field.name: getattr(found, field.name) for field in fields(found)}
    for name, value in facts.items():
        if isinstance(value, list):
            show_findings(value, as_json, f"{title}: {name}")
    show(title, ("what", "value"), [(name, value) for name, value in facts.items() if not isinstance(value, list)])


def printable(text: str) -> str:
    """The text without control and bidirectional characters: a client may have sent it."""
    return text.translate(_ESCAPED)


def _plain(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)


def _text(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return str(value)
