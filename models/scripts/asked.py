"""What writers are trained on (pieces), and what they are asked for (asks with settings)."""

from dataclasses import dataclass
from typing import NamedTuple

from models.screenplay.grammar import AFTER_SPEECH, At


class Header(NamedTuple):
    """What a screenplay is to be like; fields that are not given are empty."""

    genres: tuple[str, ...] = ()
    tone: str | None = None
    segment: str | None = None  # whom it is for

    def in_words(self) -> str:
        """Genres and tone, joined by commas; empty where nothing is asked for."""
        return ", ".join([*self.genres, *([self.tone] if self.tone else [])])

    def fields(self) -> list[str]:
        """The header's fields as "field:value", each one special token of a writer's vocabulary."""
        named = [("tone", self.tone), ("segment", self.segment)]
        return [f"genre:{genre}" for genre in self.genres] + [f"{name}:{value}" for name, value in named if value]


class Piece(NamedTuple):
    """A text to learn from: a screenplay, or part of one, with its header and what it is about."""

    header: Header
    premise: str
    script: str


class Fragment(NamedTuple):
    """A screenplay that is to go on: its text, and where in the grammar what follows begins."""

    text: str
    at: At = AFTER_SPEECH


class Ask(NamedTuple):
    """A request for one screenplay, with a fragment for its continuation. Its draws depend on the seed alone."""

    header: Header = Header()
    premise: str = ""
    fragment: Fragment | None = None
    seed: int = 0


@dataclass(frozen=True)
class WritingSettings:
    """How to sample.

    Tokens are drawn from the likeliest ones that have `top_p` of the probability together (Holtzman and others 2020),
    at a temperature; at 0 the likeliest is taken. A passage of `repeat` words hardly comes twice (0: as often as it
    likes). A screenplay is at most about as long as `length` words of English, and mostly half of that or more: tokens
    are counted, by their letters. `lean` times the log of how much more often a token stands in screenplays of the
    genres asked for is added to its log odds, where that was learned.
    """

    length: int = 250
    temperature: float = 0.8
    top_p: float = 0.95
    repeat: int = 6
    lean: float = 0.0
