"""`cineloop evaluate forecaster`: what films and the market will take, on a split of a box-office folder."""

from dataclasses import asdict, astuple
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.options import JsonOption
from pipelines.cli.output.tables import show, show_json

if TYPE_CHECKING:
    from pipelines.forecasting.evaluate import ForecastEvaluation

_TERMS = 12  # of the formula, that the table shows; as JSON it has all


def forecaster(
    task: Annotated[str, typer.Option("--task", help="prerelease, opening, worldwide, run or market.")],
    data: Annotated[Path, typer.Option("--data", help="A folder with daily, releases and films as parquet.")],
    split: Annotated[Path, typer.Option("--split", help="A folder made by `forecast_eval.py make`.")],
    out: Annotated[Path, typer.Option("--out", help="Where the forecasts of the test part go.")],
    lead: Annotated[int, typer.Option("--lead", help="Days before the opening: 30, or 7 with theatres known.")] = 30,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Random seed of the training.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Train on the split's training part, choose by time-ordered validation inside it, and forecast the test part."""
    from pipelines.cli.output.bars import EpochBars
    from pipelines.forecasting.evaluate import evaluate_task
    from pipelines.forecasting.tasks import Question, rounds
    from streaming.atomic_files import write_csv

    with EpochBars() as bars:
        bars.began("what was known before")
        done = evaluate_task(rounds(Question(task, lead), data, split), seed, bars.began)
    write_csv(out, done.predictions)
    _show(done, task, out, as_json)


def _show(done: "ForecastEvaluation", task: str, out: Path, as_json: bool) -> None:
    if as_json:
        told = {"members": [asdict(row) for row in done.rows], "formula": done.formula.to_dict("records")}
        cost = {"seconds": done.seconds, "peak_bytes": done.peak_bytes}
        show_json({**told, "shares": done.shares, **cost, "forecasts": len(done.predictions), "out": str(out)})
        return
    names = ("member", "RMSLE", "MdAPE", "WAPE", "in 80 % band", "share", "seconds", "peak GiB")
    lines = [(*astuple(row)[:5], done.shares.get(row.member), *_cost(row.seconds, row.peak_bytes)) for row in done.rows]
    whole = ("training and forecasts", None, None, None, None, None, *_cost(done.seconds, done.peak_bytes))
    show(f"{task}: validation inside the training part", names, [*lines, whole])
    formula = done.formula[done.formula["slot"] == 0].head(_TERMS)
    terms = [(term["column"], term["coefficient"]) for term in formula.to_dict("records")]
    show("the linear formula, strongest first", ("column", "log gross a standard deviation"), terms)
    typer.echo(f"{len(done.predictions):,} forecasts by the stack: {out}")


def _cost(seconds: float, peak_bytes: int) -> tuple[float | None, float | None]:
    return (seconds, peak_bytes / 2**30) if seconds else (None, None)
