"""`cineloop`: the verbs, and how an error of ours is shown."""

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from jobs.errors import JobError
from models.base.errors import ModelError
from pipelines.platform.errors import PipelineError
from streaming.errors import StreamingError

EXPECTED = (PipelineError, StreamingError, JobError, ModelError)


class Verbs(TyperGroup):
    """Shows errors that we word ourselves as one sentence, and no traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the verb; an expected error becomes a message and exit code 1."""
        try:
            return super().invoke(ctx)
        except EXPECTED as error:
            typer.secho(f"{type(error).__name__}: {error}", fg=typer.colors.RED, err=True)
            sys.exit(1)


app = typer.Typer(
    cls=Verbs,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="The film industry's closed loop: what the audience does comes back as events and changes what is shown next.",
)

_VERBS = (
    *("run", "replay", "serve", "slate", "viewer", "segments", "forecast", "plan", "market", "target", "brief"),
    *("trace", "backtest", "follow", "report", "rebuild", "doctor"),
)
_GROUPS = {
    "broker": "broker",
    "models": "models",
    "dead-letters": "dead_letters",
    "trial": "trial",
    "script": "script.app",
    "evaluate": "evaluate.app",
}


def _verb(name: str) -> Callable[..., None]:
    verb: Callable[..., None] = getattr(import_module(f"pipelines.cli.{name}"), name)
    return verb


for _name in _VERBS:
    app.command(_name)(_verb(_name))
for _name, _module in _GROUPS.items():
    app.add_typer(import_module(f"pipelines.cli.{_module}").app, name=_name)

if __name__ == "__main__":
    app()
