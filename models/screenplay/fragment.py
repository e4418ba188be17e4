"""Fragments of screenplays to be continued: checks them, and finds where in the grammar they go on."""

import io
import re

from screenplain.parsers import fountain as library
from screenplain.types import Slug, Transition

from models.base.errors import BrokenScript
from models.screenplay.grammar import AFTER_CHARACTER, AFTER_HEADING, AFTER_SPEECH, AFTER_TRANSITION, At
from models.screenplay.reading import refuse_unclosed

_PARAGRAPHS = re.compile(r"\n[ \t]*\n")
_PLAIN = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "--", "…": "...", "\u00a0": " ", "\t": "    "}
)


def plain(text: str) -> str:
    """The text with line ends, quotes and dashes as writers learn them, and no byte-order mark."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").translate(_PLAIN)


def going_on(text: str) -> tuple[str, At]:
    """A plain fragment, completed to where writing goes on, and that position in the grammar.

    A character without a line yet is given one; else a new paragraph begins.

    Raises:
        BrokenScript: there is nothing in it, or something that is opened is never closed.
    """
    refuse_unclosed(text)
    _refuse_open_parenthetical(text)
    paragraphs = library.parse(io.StringIO(text)).paragraphs
    if not paragraphs:
        raise BrokenScript(
            "the fragment has no scene, action or dialogue: begin with a line such as INT. KITCHEN - DAY"
        )
    body = text.strip("\n") + "\n"
    if _is_character(_PARAGRAPHS.split(body)[-1]) and not text.endswith("\n\n"):
        return body, AFTER_CHARACTER
    if isinstance(paragraphs[-1], Slug):
        return body + "\n", AFTER_HEADING
    return body + "\n", AFTER_TRANSITION if isinstance(paragraphs[-1], Transition) else AFTER_SPEECH


def _is_character(paragraph: str) -> bool:
    """Whether a last paragraph is nothing but the name of who is to speak."""
    name = paragraph.strip().partition("(")[0]
    kinds = library.parse(io.StringIO("\n" + paragraph)).paragraphs
    return "\n" not in paragraph.strip() and name.isupper() and not isinstance(kinds[-1], Slug | Transition)


def _refuse_open_parenthetical(text: str) -> None:
    """Raises BrokenScript where a parenthetical does not end in its paragraph."""
    opened = 0
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        if ")" in line:
            opened = 0
        elif line.startswith("("):
            opened = opened or number
        elif opened and not line.strip():
            raise BrokenScript(f"line {opened} opens a parenthetical that is never closed: close it with )")
