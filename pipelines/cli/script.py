"""`cineloop script`: the script desk."""

import typer

from pipelines.cli.script_draft import draft
from pipelines.cli.script_export import export
from pipelines.cli.script_improve import improve
from pipelines.cli.script_judge import judge
from pipelines.cli.script_train import train

app = typer.Typer(no_args_is_help=True, help="Write, judge, improve and export screenplays.")

for _verb in (draft, judge, improve, export, train):
    app.command()(_verb)
