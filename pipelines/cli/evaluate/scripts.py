"""`cineloop evaluate scripts`: the figures of the script writers, row by row."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.options import JsonOption
from pipelines.cli.output.tables import show_findings


def scripts(
    content: Annotated[Path | None, typer.Option("--content", help="A folder with tinyshakespeare and plays.")] = None,
    boxoffice: Annotated[Path | None, typer.Option("--boxoffice", help="A folder with films.parquet.")] = None,
    row: Annotated[list[str] | None, typer.Option("--row", help="Repeatable.", show_default="all")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Everything small: a minute.")] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Random seed.")] = 0,
    checkpoints: Annotated[
        Path | None, typer.Option("--checkpoints", help="Keep trainings here; a killed one goes on from it.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Train the writers, and measure their loss, their Fountain, their copies and their speed."""

    from models.training.journal import Journal
    from pipelines.cli.output.bars import EpochBars
    from pipelines.scripts.evaluate.rows import Bench, measured

    with tempfile.TemporaryDirectory(prefix="cineloop-scripts-") as passing, EpochBars("step") as bars:
        journal = Journal(checkpoints or Path(passing), bars.epoch)
        bench = Bench(content, boxoffice, journal, seed, quick, bars.began)
        found = list(measured(row or [], bench))
    show_findings(found, as_json, "scripts")
