"""`cineloop evaluate` in the simulator, where the truth is known: plans, targets, intervals, drafts."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.options import DEFAULT_STATE, JsonOption, StateOption
from pipelines.cli.output.tables import show, show_study
from pipelines.platform.state import State

if TYPE_CHECKING:
    from pipelines.simulation.study_plans import PlanEvaluation
    from pipelines.simulation.study_policies import EstimatorRow
    from pipelines.simulation.study_scripts import BriefRow, ImproveRow
    from pipelines.simulation.study_targets import TargetEvaluation

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

    def tables(done: "PlanEvaluation") -> None:
        names = ("against", "gross a film", "gain of the plan", "95 % from", "to", "films better off")
        lines = [(row.policy, row.gross, row.gain, row.low, row.high, row.better) for row in done.rows]
        show(f"{done.films} films on planned dates: ${done.gross:,.0f} a film", names, lines)
        facts = [
            ("gain over the announced date, as forecast", done.promised),
            ("gain over the announced date, as simulated", done.kept),
            ("gains inside their 80 % interval", done.gain_covered),
            ("grosses inside their 80 % interval", done.gross_covered),
            ("Brier score of the probability of a gain (a coin: 0.25)", done.brier),
        ]
        show("what the plans forecast", ("what", "value"), facts)
        show("rivalry, as validation chose it", ("form", "worlds"), list(done.forms.items()))

    show_study(lambda began: evaluate_plans(worlds, films, weeks, seed, began), as_json, tables)


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

    def tables(rows: "list[EstimatorRow]") -> None:
        names = ("estimator", "policy", "truth", "mean", "spread", "90 % width", "held")
        lines = [(row.estimator, row.policy, row.truth, row.mean, row.spread, row.width, row.held) for row in rows]
        show(f"{replications} weeks of slates for {viewers} viewers: clicks a slate", names, lines)

    show_study(lambda began: evaluate_policies(replications, viewers, films, weeks, seed, began), as_json, tables)


def targets(
    worlds: Worlds = 26,
    films: Films = 8,
    viewers: Annotated[int, typer.Option("--viewers", min=40, help="Viewers of each world at its start.")] = 800,
    seed: Seed = 0,
    as_json: JsonOption = False,
) -> None:
    """Simulate viewers with a film's trailer and without it, and compare whom rankings would have reached first."""
    from pipelines.simulation.study_targets import evaluate_targets

    def tables(done: "TargetEvaluation") -> None:
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
        show("what was simulated", ("what", "value"), facts)

    show_study(lambda began: evaluate_targets(worlds, films, viewers, seed, began), as_json, tables)


def briefs(
    pairs: Annotated[int, typer.Option("--pairs", min=1, help="Of drafts, for each segment.")] = 10,
    seed: Seed = 0,
    state: StateOption = DEFAULT_STATE,
    as_json: JsonOption = False,
) -> None:
    """Draft for each published segment by its brief and by chance, and ask the simulator's hidden taste of both."""
    from pipelines.simulation.study_scripts import brief_row

    def tables(row: "BriefRow") -> None:
        titles = ("segment", "brief asks for", "pairs", "briefed", "unbriefed", "gain")
        lines = [list(asdict(each).values()) for each in row.segments]
        show("true liking, standard deviations of taste", titles, lines)
        typer.echo(
            f"{len(row.segments)} segments: gain {row.gain:+.3f} (95 % {row.low:+.3f} to {row.high:+.3f}), the briefed "
            f"one liked better in {row.higher:.0%} of {row.pairs} pairs; {row.refused} pairs left out as copies"
        )

    show_study(lambda began: brief_row(State.at(state), pairs, seed, began), as_json, tables)


def improve(
    scripts: Annotated[int, typer.Option("--scripts", min=2, help="To improve, each for a segment.")] = 100,
    within: Annotated[float, typer.Option("--within", min=0, max=1, help="The share of words that may change.")] = 0.3,
    seed: Seed = 0,
    state: StateOption = DEFAULT_STATE,
    as_json: JsonOption = False,
) -> None:
    """Improve scripts of synopses by both judges, and ask the simulator's hidden taste of them, before and after."""
    from pipelines.simulation.study_scripts import improve_row

    def tables(row: "ImproveRow") -> None:
        lines = [
            ("share of scripts truly liked better", row.higher, row.higher_low, row.higher_high),
            ("gain, standard deviations of taste", row.gain, row.low, row.high),
            ("gain by the first judge, log of times as much", row.expected, None, None),
            ("share of words changed", row.changed, None, None),
        ]
        show(f"{row.scripts} scripts, {row.edited} of them edited", ("what", "mean", "95 % from", "to"), lines)

    show_study(lambda began: improve_row(State.at(state), scripts, within, seed, began), as_json, tables)
