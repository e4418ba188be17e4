"""`cineloop script train`: train the writer that drafts."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.cli.options import DEFAULT_STATE, StateOption
from pipelines.platform.state import State

Content = Annotated[Path | None, typer.Option("--content", help="A folder with tinyshakespeare and plays.")]
BoxOffice = Annotated[Path | None, typer.Option("--boxoffice", help="A folder with films.parquet.")]
Member = Annotated[str, typer.Option("--member", help="subwords, or characters: letter by letter.")]
Steps = Annotated[int | None, typer.Option("--steps", min=1, help="Training steps.", show_default="the member's")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Random seed of the training.")]


def train(
    content: Content = None,
    boxoffice: BoxOffice = None,
    member: Member = "subwords",
    steps: Steps = None,
    seed: Seed = 0,
    state: StateOption = DEFAULT_STATE,
) -> None:
    """Train the writer on plays and film synopses; after Ctrl-C the same command continues the training."""
    from models.training.journal import Journal
    from pipelines.cli.output.bars import EpochBars
    from pipelines.scripts.writing.train import fit_writer, read_pieces

    kept = State.at(state)
    with EpochBars("step") as bars:
        bars.began("reading")
        pieces = read_pieces(content, boxoffice)
        bars.began(member)
        effort: dict[str, Any] = {"steps": steps} if steps else {}
        writer = fit_writer(pieces, Journal(kept.training / "writer", bars.epoch), member, seed=seed, **effort)
    writer.save(kept.writer)
    typer.echo(f"{len(pieces):,} pieces learned; the writer is at {kept.writer}")
