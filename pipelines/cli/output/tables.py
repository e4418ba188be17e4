"""Answers of a verb: a table for people, JSON for programs."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any, TypeVar

import typer

_CONTROLS = [*range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_ESCAPED = {code: repr(chr(code))[1:-1] for code in _CONTROLS}

Answer = TypeVar("Answer")


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


def show_study(run: Callable[[Callable[[str], None]], Answer], as_json: bool, tables: Callable[[Answer], None]) -> None:
    """Run a study with a bar for each of its steps, and print its result as JSON or by `tables`.

    Args:
        run: is handed what a study calls with the name of each step that begins.
    """
    from pipelines.cli.output.epochs import EpochBars

    with EpochBars() as bars:
        result = run(bars.began)
    if as_json:
        show_json(result)
    else:
        tables(result)


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
