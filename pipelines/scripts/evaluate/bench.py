"""What `cineloop evaluate scripts` measures with: folders, the writer trained on them, and the pieces held out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.scripts.asked import Piece
from models.training.journal import Journal
from pipelines.platform.errors import NothingThere
from pipelines.scripts.writing.train import fit_writer, read_pieces

if TYPE_CHECKING:
    from models.scripts.trained import TrainedWriter

_HELD_OUT = 50  # every so manieth piece is kept out of the writer's training
_QUICK: dict[str, Any] = {"steps": 120, "width": 64, "blocks": 2, "heads": 2, "size": 512, "spans": (4096,), "batch": 8}
_QUICK_PIECES = 400


def _quiet(what: str) -> None:
    """The default progress callback: does nothing."""


@dataclass(frozen=True)
class ScriptFigure:
    """One figure, and the value that is wanted."""

    row: str
    what: str
    value: float
    must: str = ""
    aim: str = ""
    beside: str = ""  # what to read it by


@dataclass(frozen=True)
class Bench:
    """What rows measure with."""

    content: Path | None = None
    boxoffice: Path | None = None
    journal: Journal = field(default_factory=Journal)
    seed: int = 0
    quick: bool = False  # everything small, in a minute
    began: Callable[[str], None] = _quiet

    @cached_property
    def pieces(self) -> list[Piece]:
        """All pieces to learn from.

        Raises:
            BadSplit: a folder lacks a file.
        """
        found = read_pieces(self.content, self.boxoffice)
        return found[:_QUICK_PIECES] if self.quick else found

    @cached_property
    def writer(self) -> "TrainedWriter":
        """The writer that is used, trained on all pieces but those held out; once, for all rows."""
        self.began("training the writer")
        known = [piece for number, piece in enumerate(self.pieces) if number % _HELD_OUT]
        return fit_writer(known, self.journal, seed=self.seed, **(_QUICK if self.quick else {}))

    @property
    def held_out(self) -> list[Piece]:
        """The pieces that the writer has not seen."""
        return self.pieces[::_HELD_OUT]

    def folder(self, name: str) -> Path:
        """A folder that a row needs.

        Raises:
            NothingThere: it was not given.
        """
        given: Path | None = getattr(self, name)
        if given is None:
            raise NothingThere(f"this row needs the folder {name}: give it with --{name} DIR")
        return given
