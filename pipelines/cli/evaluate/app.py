"""`cineloop evaluate`: models on a split of a data set, by anyone's hand."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.evaluate.forecaster import forecaster
from pipelines.cli.evaluate.judges import judges
from pipelines.cli.evaluate.scripts import scripts
from pipelines.cli.evaluate.studies import briefs, improve, plans, policies, targets
from pipelines.cli.options import JsonOption
from pipelines.cli.output.tables import show, show_findings, show_json

if TYPE_CHECKING:
    from models.training.journal import Journal
    from pipelines.cli.output.bars import EpochBars
    from pipelines.recommending.evaluate import Evaluation

app = typer.Typer(no_args_is_help=True, help="Compare models on a split of a data set.")

Split = Annotated[Path, typer.Option("--split", help="A folder with train.csv and valid.csv: user_id,item_id,ts.")]
Out = Annotated[Path, typer.Option("--out", help="Where the lists go: user_id,item_id,rank.")]
Films = Annotated[Path | None, typer.Option("--films", help="movies.dat, u.item or movies.csv: what films are like.")]
Members = Annotated[str | None, typer.Option("--members", help="Names joined by commas.", show_default="all")]
Member = Annotated[str, typer.Option("--member", help="The recommender to look at.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Random seed of the training.")]
Checkpoints = Annotated[
    Path | None, typer.Option("--checkpoints", help="Keep every epoch here; a killed training goes on from it.")
]


for _verb in (forecaster, briefs, improve, judges, plans, policies, scripts, targets):
    app.command()(_verb)


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
    with _training(checkpoints) as (journal, bars):
        done = _evaluated(split, films, members, seed, journal, bars)
    _write(done, out)
    _show(done, out, as_json)


@app.command()
def newcomers(
    split: Split,
    films: Annotated[Path, typer.Option("--films", help="movies.dat, u.item or movies.csv: what films are like.")],
    member: Member = "composition",
    seed: Seed = 0,
    checkpoints: Checkpoints = None,
    as_json: JsonOption = False,
) -> None:
    """Keep a tenth of the films and of the viewers out of train.csv, and measure how well those are served."""
    from pipelines.recommending.data_split import read_films, read_split
    from pipelines.recommending.evaluate import fitted
    from pipelines.recommending.evaluate_cold_start import new_films, new_viewers, withhold

    kept, described = withhold(read_split(split), seed), read_films(films)
    with _training(checkpoints) as (journal, bars):
        popularity = fitted("popularity", kept.known, kept.later, described, seed, journal)
        bars.began(member)
        model = fitted(member, kept.known, kept.later, described, seed, journal)
    of_films, of_viewers = new_films(model, kept), new_viewers(model, popularity, kept)
    if as_json:
        show_json({"films": of_films, "viewers": of_viewers})
        return
    show_findings(of_films, as_json, f"new films by {member}: NDCG@10 among them; 90 % interval of the times")
    show_findings(of_viewers, as_json, f"new viewers by {member}: NDCG@10 of the next film; 90 % interval of the gain")


@app.command()
def reasons(
    split: Split,
    films: Films = None,
    member: Member = "composition",
    viewers: Annotated[int, typer.Option("--viewers", min=1, help="Looked at, drawn by the seed.")] = 500,
    seed: Seed = 0,
    checkpoints: Checkpoints = None,
    as_json: JsonOption = False,
) -> None:
    """Test reasons: does deleting the events named for a viewer's top film cost it more score than others?"""

    from pipelines.recommending.data_split import read_films, read_split
    from pipelines.recommending.evaluate import fitted
    from pipelines.recommending.evaluate_reasons import deletion, some_viewers

    parts, described = read_split(split), read_films(films) if films else None
    with _training(checkpoints) as (journal, bars):
        bars.began(member)
        model = fitted(member, parts.train, parts.valid, described, seed, journal)
        bars.began("reasons")
        drawn = some_viewers(parts.train, viewers, seed)
        found = deletion(model, parts.train, drawn, seed, bars.progress)
    show_findings(found, as_json, f"reasons of {member}: where named events weigh more; 90 % interval of the share")


@contextmanager
def _training(checkpoints: Path | None) -> Iterator[tuple["Journal", "EpochBars"]]:
    """Bars, and a journal in `checkpoints` or for this run only; Ctrl-C ends it with a word on how to go on."""
    from models.training.journal import Journal
    from pipelines.cli.output.bars import EpochBars

    with tempfile.TemporaryDirectory(prefix="cineloop-epochs-") as passing, EpochBars() as bars:
        try:
            yield Journal(checkpoints or Path(passing), bars.epoch), bars
        except KeyboardInterrupt:
            kept = (
                f"the same command goes on from {checkpoints}" if checkpoints else "with --checkpoints it would go on"
            )
            typer.echo(f"stopped, and nothing was written: {kept}", err=True)
            raise typer.Exit(130) from None


def _evaluated(
    split: Path, films: Path | None, names: str | None, seed: int, journal: "Journal", bars: "EpochBars"
) -> "Evaluation":
    from pipelines.recommending.data_split import read_films, read_split
    from pipelines.recommending.evaluate import chosen_names, evaluate

    described = read_films(films) if films else None
    return evaluate(read_split(split), described, chosen_names(names), seed, journal, bars.began)


def _write(done: "Evaluation", out: Path) -> None:
    """Write the lists under the names that scorers of splits know."""
    from streaming.atomic_files import write_csv

    foreign = {"viewer_id": "user_id", "film_id": "item_id"}
    write_csv(out, done.predictions[["viewer_id", "film_id", "rank"]].rename(columns=foreign))


def _show(done: "Evaluation", out: Path, as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        answer: dict[str, Any] = {"members": [asdict(row) for row in done.rows], "chosen": asdict(done.refit)}
        show_json({**answer, "weights": done.weights, "lists": len(done.predictions), "out": str(out)})
        return
    names = ("member", "valid NDCG@10", "coverage@10", "seconds", "peak GiB")
    lines = [(row.member, row.ndcg, row.coverage, row.seconds, row.peak_bytes / 2**30) for row in done.rows]
    again = (f"{done.refit.member}, on both parts", None, None, done.refit.seconds, done.refit.peak_bytes / 2**30)
    show("recommenders on the validation part", names, [*lines, again])
    typer.echo(f"{done.predictions['viewer_id'].nunique():,} viewers' lists by {done.refit.member}: {out}")
