"""`cineloop evaluate briefs`: whether drafts by a segment's brief are liked better there, in truth."""

from typing import Annotated

import typer

from pipelines.cli.options import DEFAULT_STATE, JsonOption, StateOption


def briefs(
    pairs: Annotated[int, typer.Option("--pairs", min=1, help="Of drafts, for each segment.")] = 10,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of what is drawn and written.")] = 0,
    state: StateOption = DEFAULT_STATE,
    as_json: JsonOption = False,
) -> None:
    """Draft for each published segment by its brief and by chance, and ask the simulator's hidden taste of both."""
    from dataclasses import asdict

    from pipelines.cli.output.epochs import EpochBars
    from pipelines.cli.output.tables import show, show_json
    from pipelines.platform.state import State
    from pipelines.simulation.study_scripts import brief_row

    with EpochBars() as bars:
        row = brief_row(State.at(state), pairs, seed, bars.began)
    if as_json:
        show_json(asdict(row))
        return
    titles = ("segment", "brief asks for", "pairs", "briefed", "unbriefed", "gain")
    lines = [list(asdict(each).values()) for each in row.segments]
    show("liking in truth, standard deviations of taste", titles, lines)
    print(
        f"{len(row.segments)} segments: gain {row.gain:+.3f} (95 % {row.low:+.3f} to {row.high:+.3f}), the briefed one "
        f"liked better in {row.higher:.0%} of {row.pairs} pairs; {row.refused} pairs left out as copies"
    )
