"""`cineloop evaluate` in the simulator, where the truth is known: plans, targets, intervals, drafts."""

from typing import Annotated

import typer

from pipelines.cli.options import DEFAULT_STATE, JsonOption, StateOption
from pipelines.cli.output.tables import show_study
from pipelines.platform.state import State

Worlds = Annotated[int, typer.Option("--worlds", min=2, help="Simulated worlds, each learned from anew.")]
Films = Annotated[int, typer.Option("--films", min=1, help="Films of each world.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Of the simulation and of all random draws.")]


def plans(
    worlds: Worlds = 26,
    films: Films = 8,
    weeks: Annotated[int, typer.Option("--weeks", min=2, help="Weeks among which a date is chosen.")] = 26,
    seed: Seed = 0,
    as_json: JsonOption = False,
) -> None:
    """Open films on planned dates and on those of simpler policies, all else the same, and compare what they take."""
    from pipelines.simulation.study_plans import evaluate_plans

    title = "planned dates against others, in the mean of films; 95 % intervals over worlds"
    show_study(lambda began: evaluate_plans(worlds, films, weeks, seed, began), as_json, title)


def policies(
    replications: Annotated[int, typer.Option("--replications", min=2, help="How often slates are made anew.")] = 200,
    viewers: Annotated[int, typer.Option("--viewers", min=20, help="Viewers, each with a slate a week.")] = 800,
    films: Annotated[int, typer.Option("--films", min=30, help="Films to choose from.")] = 400,
    weeks: Annotated[int, typer.Option("--weeks", min=1, help="Weeks from which position bias is estimated.")] = 8,
    seed: Seed = 0,
    as_json: JsonOption = False,
) -> None:
    """Value policies on slates that another one made, and compare with what they would truly have earned."""
    from pipelines.simulation.study_policies import evaluate_policies

    title = "clicks a slate, estimated and true; 90 % intervals"
    show_study(lambda began: evaluate_policies(replications, viewers, films, weeks, seed, began), as_json, title)


def targets(
    worlds: Worlds = 26,
    films: Films = 8,
    viewers: Annotated[int, typer.Option("--viewers", min=40, help="Viewers of each world at its start.")] = 800,
    seed: Seed = 0,
    as_json: JsonOption = False,
) -> None:
    """Simulate viewers with a film's trailer and without it, and compare whom rankings would have reached first."""
    from pipelines.simulation.study_targets import evaluate_targets

    title = "areas under the uplift curve, viewers of a thousand; 95 % intervals over worlds"
    show_study(lambda began: evaluate_targets(worlds, films, viewers, seed, began), as_json, title)


def briefs(
    pairs: Annotated[int, typer.Option("--pairs", min=1, help="Of drafts, for each segment.")] = 10,
    seed: Seed = 0,
    state: StateOption = DEFAULT_STATE,
    as_json: JsonOption = False,
) -> None:
    """Draft for each published segment by its brief and by chance, and ask the simulator's hidden taste of both."""
    from pipelines.simulation.study_scripts import brief_row

    title = "true liking of drafts, standard deviations of taste; 95 % intervals over segments"
    show_study(lambda began: brief_row(State.at(state), pairs, seed, began), as_json, title)


def improve(
    scripts: Annotated[int, typer.Option("--scripts", min=2, help="To improve, each for a segment.")] = 100,
    within: Annotated[float, typer.Option("--within", min=0, max=1, help="The share of words that may change.")] = 0.3,
    seed: Seed = 0,
    state: StateOption = DEFAULT_STATE,
    as_json: JsonOption = False,
) -> None:
    """Improve scripts of synopses by both judges, and ask the simulator's hidden taste of them, before and after."""
    from pipelines.simulation.study_scripts import improve_row

    title = "true gain of improved scripts, standard deviations of taste; 95 % intervals over scripts"
    show_study(lambda began: improve_row(State.at(state), scripts, within, seed, began), as_json, title)
