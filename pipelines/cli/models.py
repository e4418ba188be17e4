"""`cineloop models`: versions, promotion by hand, roll-back."""

from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.options import DEFAULT_STATE, JsonOption, StateOption
from pipelines.cli.output.tables import show, show_json
from pipelines.platform.context import Context
from pipelines.platform.state import State

if TYPE_CHECKING:
    from pipelines.platform.model_registry import Version

app = typer.Typer(no_args_is_help=True, help="Model versions and what serves.")
Family = Annotated[str, typer.Argument(help="Such as recommender, forecaster, market, judge; `models list` shows all.")]


@app.command("list")
def list_versions(state: StateOption = DEFAULT_STATE, as_json: JsonOption = False) -> None:
    """List all versions with their numbers, and what serves."""
    from pipelines.platform.model_registry import FAMILIES

    registry = Context(State.at(state)).registry
    versions = [version for family in FAMILIES for version in registry.versions(family)]
    if as_json:
        show_json([{"name": v.name, "member": v.member, "aliases": v.aliases, "tags": v.tags} for v in versions])
        return
    rows = [(v.name, v.member, v.tags["cycle"], ", ".join(v.aliases), _gate(v)) for v in versions]
    show("model versions", ("version", "member", "cycle", "alias", "gate"), rows)


@app.command()
def promote(
    family: Family,
    number: Annotated[int, typer.Argument(help="The version's number.")],
    state: StateOption = DEFAULT_STATE,
) -> None:
    """Let a version serve from the next cycle on, whatever the gate said."""
    registry = Context(State.at(state)).registry
    registry.promote(_known(family), number)
    typer.echo(f"{family}/{number} serves")


@app.command()
def rollback(family: Family, state: StateOption = DEFAULT_STATE) -> None:
    """Let the version serve that served before."""
    typer.echo(f"{Context(State.at(state)).registry.rollback(_known(family)).name} serves")


def _gate(version: "Version") -> str:
    return f"torn: {version.torn}" if version.torn else version.tags.get("reason", "")


def _known(family: str) -> str:
    from pipelines.platform.errors import NothingThere
    from pipelines.platform.model_registry import FAMILIES

    if family not in FAMILIES:
        raise NothingThere(f"there is no family {family!r}: {' or '.join(FAMILIES)}")
    return family
