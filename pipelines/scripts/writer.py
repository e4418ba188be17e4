"""Who writes scenes for an edit: the protocol, and a writer that takes them from scripts at hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from models.screenplay.reading import Scene, Script


@dataclass(frozen=True)
class Header:
    """What a draft is to be: what the writer is conditioned on."""

    genre: str
    tone: str
    segment: str


class Write(Protocol):
    """Writes Fountain of one scene or more; the same arguments give the same text."""

    def __call__(self, header: Header, premise: str, seed: int) -> str:
        """Scenes for a header and a premise."""
        ...


@dataclass(frozen=True)
class Borrowing:
    """Takes scenes, one at a time, from other scripts: what there is before a writer was trained."""

    scenes: Sequence[Scene]

    @classmethod
    def of(cls, scripts: Sequence[Script]) -> "Borrowing":
        """All scenes of scripts in which something happens, each once."""
        found = {scene.fountain: scene for script in scripts for scene in script.scenes if scene.heading and scene.words}
        return cls(tuple(found.values()))

    def __call__(self, header: Header, premise: str, seed: int) -> str:
        """One of the scenes, by the seed: what it is to be cannot be asked of it."""
        place = np.random.default_rng(seed).integers(len(self.scenes)) if self.scenes else None
        return "" if place is None else self.scenes[int(place)].fountain
