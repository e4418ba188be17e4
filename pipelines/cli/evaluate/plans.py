"""`cineloop evaluate plans`: release dates in the simulator, where what they were worth can be known."""

from typing import Annotated

import typer

from pipelines.cli.options import JsonOption


def plans(
    worlds: Annotated[int, typer.Option("--worlds", min=2, help="Simulated worlds, asked at four seasons.")] = 26,
    films: Annotated[int, typer.Option("--films", min=1, help="Films of each world.")] = 8,
    weeks: Annotated[int, typer.Option("--weeks", min=2, help="Weeks among which a date is chosen.")] = 26,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the worlds.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Open films on planned dates and on those of simpler policies, all else the same, and compare what they take."""
    from dataclasses import asdict

    from pipelines.cli.output.epochs import EpochBars
    from pipelines.cli.output.tables import show, show_json
    from pipelines.simulation.study_plans import Trial, evaluate_plans

    with EpochBars() as bars:
        done = evaluate_plans(Trial(worlds, films, weeks, seed), bars.began)
    if as_json:
        show_json(asdict(done))
        return
    names = ("against", "gross a film", "gain of the plan", "95 % from", "to", "films better off")
    lines = [(row.policy, row.gross, row.gain, row.low, row.high, row.better) for row in done.rows]
    show(f"{done.films} films on planned dates: ${done.gross:,.0f} a film", names, lines)
    facts = [
        ("gain over the announced date, as promised", done.promised),
        ("gain over the announced date, as it came", done.kept),
        ("gains inside their 80 % interval", done.gain_covered),
        ("grosses inside their 80 % interval", done.gross_covered),
        ("Brier score of the probability of a gain (a coin: 0.25)", done.brier),
    ]
    show("what plans promised", ("what", "value"), facts)
    show("rivalry, as validation chose it", ("form", "worlds"), list(done.forms.items()))
