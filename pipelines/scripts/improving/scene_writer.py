"""Sources of scenes for an edit: a trained writer, and scenes of given scripts."""

from collections.abc import Callable, Sequence

from models.base.errors import TooLong, UnknownHeader, UnknownText
from models.screenplay.fragment import plain
from models.screenplay.reading import Scene, Script
from models.scripts.asked import Ask, Header, WritingSettings
from models.scripts.protocol import Writer
from pipelines.platform.errors import NotNew
from pipelines.scripts.writing.drafting import draft

_SCENES = WritingSettings(length=120, lean=1.0)

Write = Callable[[Header, str, int], str]
"""Header, premise and seed → Fountain of one scene or more; the same arguments give the same text."""


def drafting(writer: Writer) -> Write:
    """A function that drafts a scene with a trained writer, "" for what the writer has not learned or copies."""

    def write(header: Header, premise: str, seed: int) -> str:
        """Draft a scene; "" where all drafts are copies, or the writer has not learned what is asked."""
        try:
            return draft(writer, Ask(header, plain(premise), seed=seed), _SCENES).text
        except (NotNew, TooLong, UnknownHeader, UnknownText):
            return ""

    return write


def borrowing(scenes: Sequence[Scene]) -> Write:
    """A function that returns one of these scenes by its seed, whatever is asked for; "" where there are none."""
    return lambda header, premise, seed: scenes[seed % len(scenes)].fountain if scenes else ""


def scenes_of(scripts: Sequence[Script]) -> list[Scene]:
    """All scenes of scripts in which something happens, each once."""
    found = {scene.fountain: scene for script in scripts for scene in script.scenes if scene.heading and scene.words}
    return list(found.values())
