"""The kind of each line of a screenplay, by our grammar and by the parser of `screenplain`."""

import io
from collections.abc import Iterator

from screenplain import types
from screenplain.parsers import fountain as library

from models.screenplay.grammar import BEGIN, kind, step

_NAMES = {
    "heading": "heading",
    "action": "action",
    "capitals": "character",
    "extended": "character",
    "told": "parenthetical",
    "dialogue": "dialogue",
    "transition": "transition",
}
_OTHERS = {types.Slug: "heading", types.Action: "action", types.Transition: "transition"}
Line = tuple[str, str]  # what it is, and its text


def meant(text: str) -> list[Line] | None:
    """The kind and text of each line by our grammar; None where the text leaves the grammar."""
    at, found, line = BEGIN, list[Line](), ""
    for char in text.removesuffix("\n") + "\n":
        if char == "\n" and line:
            found.append((_NAMES.get(at.line, "nothing"), line))
        line = "" if char == "\n" else line + char
        sign = kind(char)
        following = step(at, sign) if sign else None
        if following is None:
            return None
        at = following
    return found


def parsed(text: str) -> list[Line]:
    """The kind and text of each line by the parser of `screenplain`."""
    return [line for part in library.parse(io.StringIO(text)).paragraphs for line in _lines(part)]


def _lines(paragraph: object) -> Iterator[Line]:
    """The kind and text of each line of a paragraph of `screenplain`."""
    if isinstance(paragraph, types.Dialog):
        yield "character", str(paragraph.character)
        for aside, said in paragraph.blocks:
            yield "parenthetical" if aside else "dialogue", str(said)
        return
    name = _OTHERS.get(type(paragraph), type(paragraph).__name__)
    for line in getattr(paragraph, "lines", ()):
        yield name, str(line)
