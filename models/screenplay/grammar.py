"""Fountain's grammar, kept so narrow that no line can be read as anything but what it is meant to be.

A screenplay is paragraphs with an empty line between them:

    INT. DRAWING ROOM - NIGHT        a scene heading comes first, and after each transition
    Roper takes off his gloves.      action, on one line, never in capitals alone
    ROPER (V.O.)                     a character, then parentheticals and lines of dialogue
    (to Gladys)
    She won't be long.
    CUT TO:                          a transition

It ends with action or dialogue. Characters that mean something else in Fountain (emphasis, notes, boneyards, forced
lines, scene numbers) are left out. The grammar is a finite automaton over characters, and hence over any tokens that
are made of them (`models.screenplay.tokens`). Own code, since a mask of 2,048 tokens takes a table
look-up of 6 µs, llguidance 8 µs, which does not know how many tokens a text is from an end.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

SIGNS = " \n.,;:!?'\"-()&$%"
_IN_PROSE = frozenset(".,;:!?'\"-&$%")
_PLACES, _SLUGS = ("INT", "EXT"), ("INT", "EXT", "EST")  # what begins a heading here, and what does for parsers
_OTHER = "-"  # a first word that is none of these
_TO = " TO"
_LONGEST_NAME, _LONGEST_HEADING = 32, 48  # characters


class At(NamedTuple):
    """Where a reader of a screenplay stands.

    `line` is the kind of line; `after` what the paragraph before was, where that matters; `word` the beginning of
    INT, EXT or EST while the line's first word may be one; `tail` how much of " TO" has come last.
    """

    line: str
    after: str = ""
    word: str = ""
    tail: str = ""
    size: int = 0
    spaced: bool = False  # a space came last


BEGIN, AFTER_HEADING, AFTER_SPEECH = At("start", "transition"), At("start", "heading"), At("start")
AFTER_TRANSITION, AFTER_CHARACTER = BEGIN, At("cue")
_ENDS = ("action", "dialogue")


def kind(char: str) -> str | None:
    """The kind of a character: itself, "A", "a" or "0" for a letter or digit, None if the grammar has none for it."""
    upper = char.upper()
    if char in SIGNS:
        return char
    if len(upper) == 1 and upper in "INTEXSO":
        return upper if char.isupper() else upper.lower()
    if char.isascii() and char.isdigit():
        return "0"
    if not char.isalpha() or len(upper) != 1:
        return None
    return "A" if char.isupper() else "a" if char.islower() else None


def step(at: At, sign: str) -> At | None:
    """The position after one more character of this kind; None where the grammar allows none such here."""
    if sign == " " and at.spaced:
        return None
    return _RULES[at.line](at, sign)


def _next_in_start(at: At, sign: str) -> At | None:
    """The position after a character at the beginning of a paragraph; None where it may not stand there."""
    if at.after == "transition":
        return _next_in_heading_word(at, sign)
    if sign.isupper():
        return At("capitals", at.after, _begun("", sign), size=1)
    return At("bare") if sign == "0" or sign in "'\"" else None


def _next_in_heading_word(at: At, sign: str) -> At | None:
    """The position after a character of a required heading's first word; None where it may not stand there."""
    if at.word in _PLACES:
        return At("marked") if sign == "." else None
    word = at.word + sign
    return At("word", word=word) if any(place.startswith(word) for place in _PLACES) else None


def _next_in_marked(at: At, sign: str) -> At | None:
    """The position after a character behind `INT.`, where a space must come; else None."""
    return At("heading", spaced=True) if sign == " " else None


def _next_in_heading(at: At, sign: str) -> At | None:
    """The position after a character of a heading; None where it may not stand there."""
    if sign == "\n":
        return None if at.spaced or at.tail else At("gap", "heading")
    if at.size == _LONGEST_HEADING:
        return None
    if sign.isupper() or sign == "0":
        return At("heading", size=at.size + 1)
    if sign == " ":
        return At("heading", size=at.size, spaced=True)
    return At("heading", tail="-", size=at.size) if at.size and sign in "-'" and not at.tail else None


def _next_in_capitals(at: At, sign: str) -> At | None:
    """The position after a character of a line in capitals so far: a name, transition, heading or action."""
    if at.word in _SLUGS and sign in " .\n":
        may = sign == "." and at.word in _PLACES and not at.after
        return At("marked") if may else None
    if sign.islower():
        return At("action", word=_begun(at.word, sign.upper()))
    if sign == "\n":
        return None if at.spaced or at.tail == "." else At("cue")
    if sign == "(":
        return At("extension") if at.spaced else None
    if sign == ":" and at.tail == _TO and not at.after:
        return At("transition")
    longer = sign.isupper() or sign in " .'-"
    if not longer or at.size == _LONGEST_NAME:
        return At("bare", spaced=sign == " ") if sign in _IN_PROSE or sign in " 0" or sign.isupper() else None
    return At("capitals", at.after, _begun(at.word, sign), _tail(at.tail, sign), at.size + 1, sign == " ")


def _next_in_transition(at: At, sign: str) -> At | None:
    """The position after a character behind a transition, where the line must end; else None."""
    return At("gap", "transition") if sign == "\n" else None


def _next_in_gap(at: At, sign: str) -> At | None:
    """The position after a character behind a paragraph, where an empty line must come; else None."""
    return At("start", at.after) if sign == "\n" else None


def _next_in_bare(at: At, sign: str) -> At | None:
    """The position after a character of action that has had no small letter yet; None where it may not come."""
    if sign.islower():
        return At("action", word=_OTHER)
    return At("bare", spaced=sign == " ") if sign == " " or _in_prose(sign) else None


def _next_in_action(at: At, sign: str) -> At | None:
    """The position after a character of action; None where it may not stand there, or would make a heading."""
    if sign == "\n":
        return None if at.spaced else At("gap")
    if at.word in _SLUGS and sign in " .":
        return None
    return At("action", word=_begun(at.word, sign.upper()), spaced=sign == " ") if _prose(sign) else None


def _next_in_extension(at: At, sign: str) -> At | None:
    """The position after a character of an extension such as (V.O.), behind a name; None if it may not come."""
    if sign == ")":
        return At("extended") if at.size and not at.spaced else None
    may = sign.isupper() or (at.size > 0 and sign in " .'")
    return At("extension", size=1, spaced=sign == " ") if may else None


def _next_in_extended(at: At, sign: str) -> At | None:
    """The position after a character behind an extension, where the line must end; else None."""
    return At("cue") if sign == "\n" else None


def _next_in_cue(at: At, sign: str) -> At | None:
    """The position after the first character below a name: of a parenthetical or of dialogue; else None."""
    return At("aside", spaced=True) if sign == "(" else _next_in_speech(at, sign)


def _next_in_aside(at: At, sign: str) -> At | None:
    """The position after a character of a parenthetical; None where it may not stand there."""
    if sign == ")":
        return None if at.spaced else At("told")
    return At("aside", spaced=sign == " ") if _prose(sign) else None


def _next_in_told(at: At, sign: str) -> At | None:
    """The position after a character behind a parenthetical, where the line must end; else None."""
    return At("speech") if sign == "\n" else None


def _next_in_speech(at: At, sign: str) -> At | None:
    """The position after the first character of a line that must be dialogue; None where it may not begin one."""
    return At("dialogue") if sign.isalpha() or sign in "0'\"" else None


def _next_in_dialogue(at: At, sign: str) -> At | None:
    """The position after a character of dialogue; None where it may not stand there."""
    if sign == "\n":
        return None if at.spaced else At("spoken")
    return At("dialogue", spaced=sign == " ") if _prose(sign) else None


def _next_in_spoken(at: At, sign: str) -> At | None:
    """The position after the first character of a line behind dialogue: its end, or more of what is said."""
    return At("start") if sign == "\n" else _next_in_cue(at, sign)


def _prose(sign: str) -> bool:
    """Whether a character of this kind may stand in action or dialogue."""
    return sign == " " or sign.isalpha() or _in_prose(sign)


def _in_prose(sign: str) -> bool:
    """Whether a character of this kind, other than a small letter or space, may stand in prose."""
    return sign == "0" or sign.isupper() or sign in _IN_PROSE


def _begun(word: str, sign: str) -> str:
    """`word` with one more letter, while that may become INT, EXT or EST; a mark once it is another word."""
    longer = word + sign
    return longer if any(slug.startswith(longer) for slug in _SLUGS) else _OTHER


def _tail(tail: str, sign: str) -> str:
    """How much of " TO" the line ends with after one more character; "." after a full stop or a dash."""
    if sign in ".-'":
        return "."
    longer = tail + sign
    return longer if _TO.startswith(longer) else " " if sign == " " else ""


_RULES = {
    "start": _next_in_start,
    "word": _next_in_heading_word,
    "marked": _next_in_marked,
    "heading": _next_in_heading,
    "capitals": _next_in_capitals,
    "transition": _next_in_transition,
    "gap": _next_in_gap,
    "bare": _next_in_bare,
    "action": _next_in_action,
    "extension": _next_in_extension,
    "extended": _next_in_extended,
    "cue": _next_in_cue,
    "aside": _next_in_aside,
    "told": _next_in_told,
    "speech": _next_in_speech,
    "dialogue": _next_in_dialogue,
    "spoken": _next_in_spoken,
}


@dataclass(frozen=True)
class Automaton:
    """The grammar as a table. The last state is that of a text that is none; nothing leads out of it."""

    number: dict[At, int]
    column: dict[str, int]  # of kinds of characters
    steps: npt.NDArray[np.int16]  # (states, kinds)
    ends: npt.NDArray[np.bool_]  # (states,): whether a screenplay may end there

    @property
    def nowhere(self) -> int:
        """The state of a text that is no screenplay."""
        return len(self.steps) - 1

    def read(self, text: str, at: At = BEGIN) -> int:
        """The automaton's state after `text`; `nowhere` once it leaves the grammar."""
        state = self.number[at]
        for char in text:
            sign = kind(char)
            state = int(self.steps[state, self.column[sign]]) if sign else self.nowhere
        return state

    def accepts(self, text: str, at: At = BEGIN) -> bool:
        """Whether `text`, with or without a newline at its end, is a screenplay."""
        return bool(self.ends[self.read(text.removesuffix("\n"), at)])


@cache
def fountain() -> Automaton:
    """The automaton of the Fountain grammar over characters, built once and cached."""
    signs = [*SIGNS, *"INTEXSO", *"intexso", "A", "a", "0"]
    number, edges = _explored(signs, (BEGIN, AFTER_HEADING, AFTER_SPEECH, AFTER_CHARACTER))
    steps = np.full((len(number) + 1, len(signs)), len(number), dtype=np.int16)
    for state, column, following in edges:
        steps[state, column] = number[following]
    ends = np.array([at.line in _ENDS and not at.spaced for at in number] + [False])
    return Automaton(number, {sign: column for column, sign in enumerate(signs)}, steps, ends)


def _explored(signs: list[str], entries: Iterable[At]) -> tuple[dict[At, int], list[tuple[int, int, At]]]:
    """All positions that can be reached from `entries`, numbered, and all edges between them by kind of character."""
    number = {at: place for place, at in enumerate(entries)}
    waiting, edges = list(number), []
    while waiting:
        at = waiting.pop()
        for column, sign in enumerate(signs):
            following = step(at, sign)
            if following is None:
                continue
            edges.append((number[at], column, following))
            if following not in number:
                number[following] = len(number)
                waiting.append(following)
    return number, edges
