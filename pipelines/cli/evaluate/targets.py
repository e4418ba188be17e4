"""`cineloop evaluate targets`: whom to reach, in the simulator, where what a campaign adds can be known."""

from typing import Annotated

import typer

from pipelines.cli.options import JsonOption


def targets(
    worlds: Annotated[int, typer.Option("--worlds", min=2, help="Simulated worlds, each learned from anew.")] = 26,
    films: Annotated[int, typer.Option("--films", min=1, help="Films of each world.")] = 8,
    viewers: Annotated[int, typer.Option("--viewers", min=40, help="Viewers of each world at its start.")] = 800,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the worlds.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Let viewers live with a film's trailer and without it, and compare whom rankings would have reached first."""
    from dataclasses import asdict

    from pipelines.cli.output.epochs import EpochBars
    from pipelines.cli.output.tables import show, show_json
    from pipelines.simulation.study_targets import Trial, evaluate_targets

    with EpochBars() as bars:
        done = evaluate_targets(Trial(worlds, films, viewers, seed), bars.began)
    if as_json:
        show_json(asdict(done))
        return
    names = ("reached by", "area", "over random", "by uplift more", "95 % from", "to", "of the gain, first 30 %")
    lines = [(row.policy, row.area, row.over_random, row.more, row.low, row.high, row.first) for row in done.rows]
    show(f"{done.films} films: areas under the uplift curve, viewers of a thousand", names, lines)
    times, low, high = done.over_random_times
    facts = [
        ("watch without the trailer, of a thousand", done.without),
        ("more of them with it", done.gain),
        ("more of them, as expected", done.expected),
        ("area over random, times that of affinity", times),
        ("95 % from", low),
        ("to", high),
        ("segments whose gain was inside their 80 % interval", done.covered),
    ]
    show("what came", ("what", "value"), facts)
