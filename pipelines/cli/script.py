"""`cineloop script`: the script desk."""

import typer

from pipelines.cli.script_draft import draft
from pipelines.cli.script_export import export
from pipelines.cli.script_train import train

app = typer.Typer(no_args_is_help=True, help="Write screenplays, and export them.")


@app.callback()
def desk() -> None:
    """Write screenplays, and export them."""


app.command()(draft)
app.command()(export)
app.command()(train)
