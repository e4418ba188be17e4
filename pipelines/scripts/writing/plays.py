"""Parses printed plays into speeches in Fountain."""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from models.screenplay.fragment import plain
from models.screenplay.grammar import fountain, kind

_CUE = re.compile(r"([A-Z][^\n:]{0,30}):\n(.+)", re.DOTALL)
_NAME = re.compile(r"^([A-Z][A-Z .']{1,28})\.\n\n", re.MULTILINE)
_FIRST, _LAST = "THE FIRST ACT", "End of Project Gutenberg"
_STAGE = re.compile(r"\[([^\]]*)\]")
_WIDEST = 60  # characters of a line of dialogue


@dataclass(frozen=True)
class Speech:
    """What a character says in one go, in lines; one in parentheses says how."""

    character: str
    lines: tuple[str, ...]

    @property
    def fountain(self) -> str:
        """The speech as a paragraph of Fountain."""
        return "\n".join([self.character, *self.lines])


def shakespeare(text: str) -> list[Speech]:
    """Speeches of a text in which a line "Name:" stands before each."""
    found = (_CUE.fullmatch(block.strip()) for block in text.split("\n\n"))
    return list(_fitting(Speech(cue[1].upper(), tuple(cue[2].split("\n"))) for cue in found if cue))


def pinero(text: str) -> list[Speech]:
    """Speeches of a play in which "NAME." stands before each and directions in brackets; what is around it is left out.

    A direction at the beginning of a speech becomes a parenthetical, others are left out.
    """
    whole = plain(text).replace("_", "")
    parts = _NAME.split(whole[whole.find(_FIRST) : whole.find(_LAST)])
    return list(_fitting(_speech(name, said) for name, said in zip(parts[1::2], parts[2::2], strict=True)))


def _speech(name: str, said: str) -> Speech:
    """A character's words as a speech: a direction at its start becomes a parenthetical, lines are wrapped."""
    direction = _STAGE.match(said)
    aside = [f"({_one_line(direction[1]).rstrip('.').lower()})"] if direction else []
    words = _one_line(_STAGE.sub(" ", said.split("\n\n\n")[0]))
    return Speech(name, (*aside, *textwrap.wrap(words, _WIDEST, break_long_words=False, break_on_hyphens=False)))


def _fitting(speeches: Iterator[Speech]) -> Iterator[Speech]:
    """Speeches with what the grammar has no place for removed; drops those that still do not fit."""
    for speech in speeches:
        lines = [_one_line("".join(char if kind(char) else " " for char in line)) for line in speech.lines]
        clean = Speech(speech.character, tuple(line for line in lines if line))
        if fountain().accepts(f"INT. ROOM - DAY\n\n{clean.fountain}"):
            yield clean


def _one_line(text: str) -> str:
    """The text with all white space as single spaces."""
    return " ".join(text.split())
