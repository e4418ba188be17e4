"""`cineloop doctor`: what a run needs, and how to get what is missing."""

import typer

from pipelines.cli.options import DEFAULT_STATE, JsonOption, StateOption
from pipelines.cli.output.tables import show_json
from pipelines.platform.state import State


def doctor(state: StateOption = DEFAULT_STATE, as_json: JsonOption = False) -> None:
    """Check what a run needs, each with its cure; the exit code is 1 if anything is amiss."""

    from pipelines.cli.findings import examine

    findings = examine(State.at(state))
    if as_json:
        show_json(findings)
    else:
        for finding in findings:
            typer.echo(f"{'✓' if finding.ok else '✗'} {finding.name}: {finding.seen}")
            if finding.cure:
                typer.echo(f"    → {finding.cure}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)
