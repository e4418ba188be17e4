"""`cineloop evaluate`: models on a split of a data set, by anyone's hand."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.options import JsonOption

if TYPE_CHECKING:
    from pipelines.cli.epochs import EpochBars
    from pipelines.evaluation import Evaluation

app = typer.Typer(no_args_is_help=True, help="Compare models on a split of a data set.")

Split = Annotated[Path, typer.Option("--split", help="A folder with train.csv and valid.csv: user_id,item_id,ts.")]
Out = Annotated[Path, typer.Option("--out", help="Where the lists go: user_id,item_id,rank.")]
Films = Annotated[Path | None, typer.Option("--films", help="movies.dat, u.item or movies.csv: what films are like.")]
Members = Annotated[str | None, typer.Option("--members", help="Names joined by commas.", show_default="all")]
Seed = Annotated[int, typer.Option("--seed", help="Of all chance in training.")]
Checkpoints = Annotated[
    Path | None, typer.Option("--checkpoints", help="Keep every epoch here; a killed training goes on from it.")
]


@app.callback()
def family() -> None:
    """Compare models on a split of a data set."""


@app.command()
def recommender(
    split: Split,
    out: Out,
    films: Films = None,
    members: Members = None,
    seed: Seed = 0,
    checkpoints: Checkpoints = None,
    as_json: JsonOption = False,
) -> None:
    """Train on train.csv, choose by valid.csv, refit on both, and list films for every viewer; test.csv stays shut."""
    from pipelines.cli.epochs import EpochBars

    with tempfile.TemporaryDirectory(prefix="cineloop-epochs-") as passing, EpochBars() as bars:
        try:
            done = _evaluated(split, films, members, seed, checkpoints or Path(passing), bars)
        except KeyboardInterrupt:
            kept = (
                f"the same command goes on from {checkpoints}" if checkpoints else "with --checkpoints it would go on"
            )
            typer.echo(f"stopped, and nothing was written: {kept}", err=True)
            raise typer.Exit(130) from None
    _write(done, out)
    _show(done, out, as_json)


def _evaluated(
    split: Path, films: Path | None, names: str | None, seed: int, checkpoints: Path, bars: "EpochBars"
) -> "Evaluation":
    from models.recommenders.journal import Journal
    from pipelines.evaluation import Plan, chosen_names, evaluate
    from pipelines.split import read_films, read_split

    journal = Journal(checkpoints, bars.epoch)
    described = read_films(films) if films else None
    return evaluate(Plan(read_split(split), described, chosen_names(names), seed, journal), bars.began)


def _write(done: "Evaluation", out: Path) -> None:
    """Write the lists beside their destination and rename: a reader never sees half of them."""
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = out.with_name(f".{out.name}.draft")
    foreign = {"viewer_id": "user_id", "film_id": "item_id"}
    done.predictions[["viewer_id", "film_id", "rank"]].rename(columns=foreign).to_csv(draft, index=False)
    draft.replace(out)


def _show(done: "Evaluation", out: Path, as_json: bool) -> None:
    from dataclasses import asdict

    from pipelines.cli.answer import show, show_json

    if as_json:
        answer: dict[str, Any] = {"members": [asdict(row) for row in done.rows], "chosen": asdict(done.refit)}
        show_json({**answer, "weights": done.weights, "lists": len(done.predictions), "out": str(out)})
        return
    names = ("member", "valid NDCG@10", "coverage@10", "seconds", "peak GiB")
    lines = [(row.member, row.ndcg, row.coverage, row.seconds, row.peak_bytes / 2**30) for row in done.rows]
    again = (f"{done.refit.member}, on both parts", None, None, done.refit.seconds, done.refit.peak_bytes / 2**30)
    show("recommenders on the validation part", names, [*lines, again])
    typer.echo(f"{done.predictions['viewer_id'].nunique():,} viewers' lists by {done.refit.member}: {out}")
