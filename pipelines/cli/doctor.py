"""`cineloop doctor`: what a run needs, and how to get what is missing."""

import typer

from pipelines.cli.options import DEFAULT_STATE, JsonOption, StateOption


def doctor(state: StateOption = DEFAULT_STATE, as_json: JsonOption = False) -> None:
    """Check what a run needs, each with its cure; the exit code is 1 if anything is amiss."""
    from dataclasses import asdict

    from pipelines.cli.findings import examine
    from pipelines.cli.output.tables import show_json
    from pipelines.platform.state import State

    findings = examine(State.at(state))
    if as_json:
        show_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            typer.echo(f"{'✓' if finding.ok else '✗'} {finding.name}: {finding.seen}")
            if finding.cure:
                typer.echo(f"    → {finding.cure}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)
