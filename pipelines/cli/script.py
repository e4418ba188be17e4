"""`cineloop script`: write, judge and improve screenplays."""

import typer

from pipelines.cli.script_improve import improve
from pipelines.cli.script_judge import judge

app = typer.Typer(no_args_is_help=True, help="Write, judge and improve screenplays.")

app.command()(judge)
app.command()(improve)
