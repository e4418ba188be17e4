"""`cineloop script`: the script desk."""

import typer

from pipelines.cli.script.draft import draft
from pipelines.cli.script.export import export
from pipelines.cli.script.improve import improve
from pipelines.cli.script.judge import judge
from pipelines.cli.script.train import train

app = typer.Typer(no_args_is_help=True, help="Write, judge, improve and export screenplays.")

for _verb in (draft, judge, improve, export, train):
    app.command()(_verb)
