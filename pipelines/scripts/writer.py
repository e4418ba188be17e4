"""Who writes scenes for an edit: the protocol, and a writer that takes them from scripts at hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from models.screenplay.reading import Scene, Script


class Header(NamedTuple):
    """What scenes are to be like, as far as it is said."""

    genres: tuple[str, ...] = ()
    tone: str | None = None
    segment: str | None = None  # whom they are for

    def told(self) -> str:
        """In words; none where nothing is asked."""
        return ", ".join([*self.genres, *([self.tone] if self.tone else [])])


ANYTHING = Header()


class Write(Protocol):
    """Writes Fountain of one scene or more; the same arguments give the same text."""

    def __call__(self, header: Header, premise: str, seed: int) -> str:
        """Scenes for a header and a premise."""
        ...


@dataclass(frozen=True)
class Borrowing:
    """Takes scenes, one at a time, from other scripts: what there is without a trained writer."""

    scenes: Sequence[Scene]

    @classmethod
    def of(cls, scripts: Sequence[Script]) -> "Borrowing":
        """All scenes of scripts in which something happens, each once."""
        found = {
            scene.fountain: scene for script in scripts for scene in script.scenes if scene.heading and scene.words
        }
        return cls(tuple(found.values()))

    def __call__(self, header: Header, premise: str, seed: int) -> str:
        """One of the scenes, each in its turn: what it is to be like cannot be asked of it."""
        return self.scenes[seed % len(self.scenes)].fountain if self.scenes else ""
