"""`cineloop evaluate improve`: whether scripts that were improved are liked better in truth."""

from typing import Annotated

import typer

from pipelines.cli.options import DEFAULT_STATE, JsonOption, StateOption


def improve(
    scripts: Annotated[int, typer.Option("--scripts", min=2, help="To improve, each for a segment.")] = 100,
    within: Annotated[float, typer.Option("--within", min=0, max=1, help="The share of words that may change.")] = 0.3,
    synopses: Annotated[
        bool, typer.Option("--synopses", help="Put films' synopses together, also where a writer could draft.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of scripts, segments and what is tried.")] = 0,
    state: StateOption = DEFAULT_STATE,
    as_json: JsonOption = False,
) -> None:
    """Improve scripts by both judges, and ask the simulator's hidden taste, which neither knows, before and after."""
    from dataclasses import asdict

    from pipelines.cli.output.epochs import EpochBars
    from pipelines.cli.output.tables import show, show_json
    from pipelines.platform.state import State
    from pipelines.simulation.study_scripts import improve_row

    with EpochBars() as bars:
        by, row = improve_row(State.at(state), scripts, within, seed, bars.began, synopses)
    if as_json:
        show_json({"by": by, **asdict(row)})
        return
    lines = [
        ("liked better in truth, of 1", row.higher, row.higher_low, row.higher_high),
        ("gain, standard deviations of taste", row.gain, row.low, row.high),
        ("gain by the first judge, log of times as much", row.expected, None, None),
        ("words changed, of 1", row.changed, None, None),
    ]
    show(f"{row.scripts} scripts ({by}), {row.edited} of them edited", ("what", "mean", "95 % from", "to"), lines)
