"""Answers of a verb: a table for people, JSON for programs."""

import json
from collections.abc import Sequence
from typing import Any

import typer
from rich.console import Console
from rich.table import Column, Table


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table."""
    whole = (Column(column, overflow="fold") for column in columns)  # ids are there to be copied
    table = Table(*whole, title=title, title_justify="left")
    for row in rows:
        table.add_row(*(_text(value) for value in row))
    Console().print(table)


def show_json(answer: Any) -> None:
    """Print JSON."""
    typer.echo(json.dumps(answer, indent=2, default=str))


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
