"""`cineloop evaluate policies`: do intervals of off-policy values hold the truth? In the simulator it is known."""

from typing import Annotated

import typer

from pipelines.cli.options import JsonOption


def policies(
    replications: Annotated[int, typer.Option("--replications", min=2, help="How often slates are made anew.")] = 200,
    viewers: Annotated[int, typer.Option("--viewers", min=20, help="Viewers, each with a slate a week.")] = 800,
    films: Annotated[int, typer.Option("--films", min=30, help="Films to choose from.")] = 400,
    weeks: Annotated[int, typer.Option("--weeks", min=1, help="Weeks that tell how places are looked at.")] = 8,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the audience and of all chance.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Value policies on slates that another one made, and compare with what they would truly have earned."""
    from dataclasses import asdict

    from pipelines.cli.output.epochs import EpochBars
    from pipelines.cli.output.tables import show, show_json
    from pipelines.simulation.study_policies import Trial, evaluate_policies

    with EpochBars() as bars:
        rows = evaluate_policies(Trial(replications, viewers, films, weeks, seed), bars.began)
    if as_json:
        show_json([asdict(row) for row in rows])
        return
    names = ("estimator", "policy", "truth", "mean", "spread", "90 % width", "held")
    lines = [(row.estimator, row.policy, row.truth, row.mean, row.spread, row.width, row.held) for row in rows]
    show(f"{replications} weeks of slates for {viewers} viewers: clicks a slate", names, lines)
