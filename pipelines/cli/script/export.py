"""`cineloop script export`: a screenplay as Final Draft's XML, a web page, or print."""

from pathlib import Path
from typing import Annotated

import typer


def export(
    script: Annotated[Path, typer.Argument(help="A screenplay in Fountain.")],
    out: Annotated[list[Path], typer.Option("--out", help="Ends in .fdx, .html or .pdf; repeatable.")],
) -> None:
    """Write a screenplay as Final Draft's XML, a web page, or print, by the ending of what is to be written."""
    from pipelines.scripts.files import export as exported
    from pipelines.scripts.files import read_script

    text = read_script(script).fountain
    for path in out:
        typer.echo(str(exported(text, path)))
