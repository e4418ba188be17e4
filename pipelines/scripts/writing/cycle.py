"""The writer of the loop in a cycle: a small model of film synopses, trained anew every few cycles."""

import shutil
import zlib
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from models.base.columns import FILM, OVERVIEW
from models.base.errors import EmptyTraining, UnknownText
from models.scripts.asked import Piece
from models.scripts.letters import Letters
from models.scripts.protocol import Writer
from models.training.journal import Journal, Tell
from pipelines.platform import state_source
from pipelines.platform.context import Context
from pipelines.platform.model_registry import Version
from pipelines.promotion import gate, promote
from pipelines.scripts.judging.train import films
from pipelines.scripts.writing import corpus
from pipelines.scripts.writing.train import FAMILY, WRITER, fit_writer

_EVERY = 4  # cycles
_MOST = 600  # films to learn from: every so many, where there are more
_APART = 10  # one film of so many measures writers, and teaches none, for ever
_MEASURED = 40  # of these
_EFFORT: dict[str, Any] = {
    **{"size": 1500, "width": 64, "blocks": 1, "heads": 2, "context": 32, "spans": ()},
    **{"batch": 16, "steps": 120, "rate": 4e-3},
}
_JOURNAL = "loop-writer"


def reason_nobody_reads(context: Context) -> str | None:
    """Read from the state folder whether data is replayed, so that nobody reads drafts: the reason, or None."""
    speaks = state_source.read(context.state)
    return "the past is replayed, and nobody in it reads" if speaks and speaks.kind == "data" else None


def train(context: Context, number: int, tell: Tell) -> dict[str, Any]:
    """Fit, measure and register this cycle's writer where one is due; the ledger notes its figures, or why none."""
    return promote.candidate_of(context, number, FAMILY, partial(_trained, context, number, tell))


def served(context: Context) -> tuple[Version, Writer] | None:
    """Load from the registry the writer that serves, with its version; None while none does."""
    return context.registry.loaded(FAMILY, _load_writer_files)


def _reason_not_due(context: Context, number: int) -> str | None:
    """Ask the registry whether the newest writer is too young for a new one: the reason, or None where one is due."""
    earlier = [version for version in context.registry.versions(FAMILY) if int(version.tags["cycle"]) < number]
    if earlier and int(earlier[-1].tags["cycle"]) + _EVERY > number:
        return f"{earlier[-1].name} is of cycle {earlier[-1].tags['cycle']}: one is taught every {_EVERY} cycles"
    return None


def _load_writer_files(folder: Path) -> Writer:
    """Load a writer from its folder; imports transformers, which takes seconds."""
    from models.scripts import load_writer  # brings transformers, which takes seconds

    return load_writer(folder)


def _trained(context: Context, number: int, tell: Tell) -> Version:
    """Train a writer on the films described in the lake, compare its loss, register it, delete its checkpoints."""
    reason = reason_nobody_reads(context) or _reason_not_due(context, number)
    if reason:
        raise EmptyTraining(reason)
    as_of = context.ledger.read(number)["as_of"]
    learn, apart = _pieces(films(context.state.lake, as_of))
    standing = context.registry.loaded(FAMILY, _load_writer_files, before=number)
    folder = context.state.training / _JOURNAL
    model = fit_writer(learn, Journal(folder, tell), WRITER, **_EFFORT)
    comparison = _compare_losses(model, learn, apart, standing[1] if standing else None)
    numbers = {"loss": comparison["candidate"], "other_loss": comparison["other"]}
    lineage = {"trained_until": as_of, "pieces": len(learn)}
    note = {**numbers, **lineage, "comparison": comparison}
    version = context.registry.register(FAMILY, model.name, number, model.save, note, **numbers, **lineage)
    shutil.rmtree(folder, ignore_errors=True)
    return version


def _pieces(described: pd.DataFrame) -> tuple[list[Piece], dict[str, Piece]]:
    """The training pieces, and by film the held-out pieces; raises EmptyTraining where no film can be held out."""
    told = described[described[OVERVIEW] != ""].rename(columns={OVERVIEW: "synopsis"})
    held = told[FILM].map(lambda film: zlib.crc32(f"apart {film}".encode()) % _APART == 0).astype(bool)
    learn, apart = told[~held], told[held].head(_MEASURED)
    measured = {film: corpus.pieces([], rows) for film, rows in apart.groupby(FILM)}
    found = {str(film): pieces[0] for film, pieces in measured.items() if pieces}
    if not found:
        raise EmptyTraining(f"{len(told)} films are told of, and none of them measures: turn more cycles")
    return corpus.pieces([], learn.iloc[:: -(-len(learn) // _MOST) or 1]), found


def _compare_losses(
    model: Writer, learn: list[Piece], apart: dict[str, Piece], standing: Writer | None
) -> dict[str, Any]:
    """Compare the new writer on held-out pieces with what serves, or with letter counts, as the gate wants it."""
    other = standing or Letters.of(piece.script for piece in learn)
    against = "what serves" if standing else "letters by how often each comes"
    ours, theirs = (_losses(each, apart) for each in (model, other))
    return gate.compare(ours, theirs, against, "loss in nats a character", better="lower")


def _losses(model: Writer | Letters, apart: dict[str, Piece]) -> pd.Series:
    """By film, a model's loss over its held-out piece; pieces that the model cannot read are left out."""
    losses = {}
    for film, piece in apart.items():
        try:
            losses[film] = model.loss(piece.script)
        except UnknownText:
            continue
    return pd.Series(losses, dtype=float)
