"""Sources of scenes for an edit: the protocol, a trained writer, and scenes of given scripts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from models.base.errors import TooLong, UnknownHeader, UnknownText
from models.screenplay.fragment import plain
from models.screenplay.reading import Scene, Script
from models.scripts.asked import Ask, Header, WritingSettings
from models.scripts.protocol import Writer
from pipelines.platform.errors import NotNew
from pipelines.scripts.writing.drafting import draft

ANYTHING = Header()
_SCENES = WritingSettings(length=120, lean=1.0)


class Write(Protocol):
    """Writes Fountain of one scene or more; the same arguments give the same text."""

    def __call__(self, header: Header, premise: str, seed: int) -> str:
        """Scenes for a header and a premise."""
        ...


@dataclass(frozen=True)
class Drafting:
    """Drafts new scenes with a trained writer."""

    writer: Writer

    def __call__(self, header: Header, premise: str, seed: int) -> str:
        """Scenes that are new; none for genres or words that the writer has not learned, or more than it reads."""
        try:
            return draft(self.writer, Ask(header, plain(premise), seed=seed), _SCENES).text
        except (NotNew, TooLong, UnknownHeader, UnknownText):
            return ""


@dataclass(frozen=True)
class Borrowing:
    """Takes scenes, one at a time, from other scripts, where there is no trained writer."""

    scenes: Sequence[Scene]

    @classmethod
    def of(cls, scripts: Sequence[Script]) -> "Borrowing":
        """All scenes of scripts in which something happens, each once."""
        found = {
            scene.fountain: scene for script in scripts for scene in script.scenes if scene.heading and scene.words
        }
        return cls(tuple(found.values()))

    def __call__(self, header: Header, premise: str, seed: int) -> str:
        """One of the scenes, in turn; header and premise are ignored."""
        return self.scenes[seed % len(self.scenes)].fountain if self.scenes else ""
