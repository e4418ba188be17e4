"""`cineloop trial`: a version beside the one that serves, for a share of the viewers."""

from typing import Annotated

import typer

from pipelines.cli.options import DEFAULT_STATE, JsonOption, StateOption
from pipelines.cli.output.tables import show as show_table
from pipelines.cli.output.tables import show_json
from pipelines.platform.context import Context
from pipelines.platform.state import State

app = typer.Typer(no_args_is_help=True, help="A/B test: show a version to a share of the viewers, and compare.")


@app.command()
def start(
    number: Annotated[int, typer.Argument(help="The recommender's version, as `models list` shows it.")],
    share: Annotated[float, typer.Option(min=0.01, max=0.99, help="Share of viewers who are shown it.")] = 0.5,
    state: StateOption = DEFAULT_STATE,
) -> None:
    """Show a version to a share of the viewers from now on; meanwhile the gate promotes nothing."""
    import time

    from pipelines.promotion import ab_test

    context = Context(State.at(state))
    since = ab_test.deciding(context.ledger)
    trial = ab_test.begin(context.registry, number, share, since, int(time.time() * 1000))
    typer.echo(
        f"{trial.challenger.name} is shown to {share:.0%} of the viewers from cycle {since} on, by the app at once"
    )


@app.command()
def show(state: StateOption = DEFAULT_STATE, as_json: JsonOption = False) -> None:
    """Show the trial's result so far; its interval stays valid however often one looks."""
    from dataclasses import asdict

    from pipelines.promotion import ab_test

    trial, found = ab_test.outcome(State.at(state), Context(State.at(state)).registry)
    made = found.difference
    if as_json:
        show_json(
            {"challenger": trial.challenger.name, "since": trial.since, **asdict(found), "verdict": found.verdict}
        )
        return
    earned = ("what serves", made.control), (trial.challenger.name, made.challenger)
    rows = [
        (arm, *counts) for arm, *counts in zip(*zip(*earned, strict=True), found.viewers, found.slates, strict=True)
    ]
    show_table(f"trial since cycle {trial.since}", ("arm", "clicks a slate", "viewers", "slates"), rows)
    typer.echo(f"gain {made.gain:+.3f}, 95 % at any time {made.low:+.3f} to {made.high:+.3f}: {found.verdict}")
    told = ", ".join(f"{client or 'nobody'} {share:.0%}" for client, share in found.clients.items())
    typer.echo(f"{found.set_aside} viewers who take whatever is shown are set aside; the others by client: {told}")


@app.command()
def end(
    promote: Annotated[bool, typer.Option("--promote", help="Let the challenger serve.")] = False,
    state: StateOption = DEFAULT_STATE,
) -> None:
    """End the trial."""
    from pipelines.promotion import ab_test

    trial = ab_test.end(Context(State.at(state)).registry, promote)
    typer.echo(f"the trial of {trial.challenger.name} has ended{': it serves' if promote else ''}")
