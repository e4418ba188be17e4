"""Trains the writer that drafts, and loads the one that was trained or that serves the loop."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from models.base.artifact import MANIFEST
from models.base.errors import UnknownModel
from models.scripts.asked import Piece
from models.scripts.protocol import Writer
from models.training.journal import Journal
from pipelines.platform.errors import NothingServes, NothingThere
from pipelines.platform.model_registry import Registry
from pipelines.platform.state import State
from pipelines.scripts.writing import corpus

if TYPE_CHECKING:
    from models.scripts.trained import TrainedWriter

WRITER = "subwords"
FAMILY = "writer"  # of the registry


def read_pieces(content: Path | None, boxoffice: Path | None) -> list[Piece]:
    """Read the training pieces of the folders that are given; raises BadSplit where a file is missing."""
    films = corpus.read_films(boxoffice) if boxoffice else pd.DataFrame(columns=["genres", "synopsis"])
    return corpus.pieces(corpus.read_plays(content) if content else [], films)


def fit_writer(pieces: Sequence[Piece], journal: Journal, member: str = WRITER, **effort: Any) -> "TrainedWriter":
    """Train a new writer on pieces; a killed training goes on where the journal's last one stopped.

    Args:
        effort: settings of the member, such as `steps` and `seed`.

    Raises:
        EmptyTraining: there is too little text.
        UnknownModel: no member is called so.
    """
    from models.scripts import members  # brings torch, too much for a command's start

    known = members()
    if member not in known:
        raise UnknownModel(f"there is no writer {member!r} to train: name one of {', '.join(known)}")
    writer = known[member](**effort)
    writer.journal = journal
    return writer.fit(pieces)


def open_writer(state: State, model: Path | None = None, int8: bool = False) -> Writer:
    """Load the writer to draft with: a local model of `transformers` where one is named, else what was trained here.

    Where nobody has trained one, it is the small one that serves the loop.

    Raises:
        NothingServes: none was trained, and no cycle has.
        NothingThere: with `int8`, it has no such form.
        BadArtifact: it is torn, or the folder holds no model.
    """
    from models.scripts.trained import TrainedWriter

    writer = _load_writer_or_serving(state, model)
    if not int8:
        return writer
    if not isinstance(writer, TrainedWriter):
        raise NothingThere(
            f"the model at {model} has no int8 form here: leave --int8 out, or draft with the writer trained here"
        )
    return writer.as_int8()


def _load_writer_or_serving(state: State, model: Path | None) -> Writer:
    """Load the named model, else the state folder's trained writer, else what serves the loop."""
    from models.scripts import load_writer
    from models.scripts.foreign.folder import FolderWriter

    if model:
        return FolderWriter(model)
    if (state.writer / MANIFEST).is_file():
        return load_writer(state.writer)
    served = Registry(state.mlflow).loaded(FAMILY, load_writer) if state.mlflow.is_dir() else None
    if served is None:
        raise NothingServes(
            f"no writer has been trained in {state.root}: run `cineloop script train --content DIR --boxoffice DIR`"
        )
    return served[1]
