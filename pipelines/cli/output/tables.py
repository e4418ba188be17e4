"""Answers of a verb: a table for people, JSON for programs."""

import json
from collections.abc import Sequence
from typing import Any

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

_CONTROLS = [*range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_ESCAPED = {code: repr(chr(code))[1:-1] for code in _CONTROLS}


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table."""
    whole = (Column(Text(printable(column)), overflow="fold") for column in columns)  # ids are there to be copied
    table = Table(*whole, title=Text(printable(title)), title_justify="left")
    for row in rows:
        table.add_row(*(Text(printable(_text(value))) for value in row))
    Console().print(table)


def show_json(answer: Any) -> None:
    """Print JSON."""
    typer.echo(json.dumps(answer, indent=2, default=str))


def printable(text: str) -> str:
    """A text whose characters move no cursor, colour nothing and turn no line around: a client may have sent it."""
    return text.translate(_ESCAPED)


def _text(value: Any) -> str:
    if value is None:
        return "–"
    return (
        f"{value:,.4g}"
        if isinstance(value, float) and abs(value) < 1000
        else f"{value:,.0f}"
        if isinstance(value, float)
        else str(value)
    )
