"""Fountain, read by the `screenplain` library into scenes that can be put together again as they were written."""

import io
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from screenplain import types
from screenplain.parsers import fountain as library

from models.base.errors import BrokenScript

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)  # Fountain's boneyard
_HEADING = re.compile(r"(INT|EXT|EST|I/E)[./ ]")
_TRANSITION = re.compile(r"(FADE (IN|OUT|TO BLACK)|[A-Z ]+ TO)[.:]?")
_ALMOST_BLANK = re.compile(r"^(?:[ \t]{3,}|\t+)$", re.MULTILINE)  # two blanks keep a speech together
_CURE = "See fountain.io/syntax."


@dataclass(frozen=True)
class Passage:
    """A paragraph of action, or what a character says in one go."""

    text: str
    character: str = ""  # who speaks; nobody, where it is action


@dataclass(frozen=True)
class Scene:
    """A scene: its heading (none for what stands before the first one), its Fountain, and what is in it."""

    heading: str
    fountain: str  # with the heading; scenes, joined, are the script
    passages: tuple[Passage, ...]

    @cached_property
    def prose(self) -> str:
        """Action and speech, without names, headings and marks: a paragraph a line."""
        return "\n".join(passage.text for passage in self.passages)

    @cached_property
    def words(self) -> int:
        """How many words of action and speech the scene has."""
        return len(self.prose.split())


@dataclass(frozen=True)
class Script:
    """A screenplay: the title page as it is written, and scenes."""

    front: str
    scenes: tuple[Scene, ...]

    @cached_property
    def fountain(self) -> str:
        """The whole screenplay as Fountain, as it was written."""
        return self.front + "".join(scene.fountain for scene in self.scenes)

    @cached_property
    def prose(self) -> str:
        """What happens and is spoken, a paragraph a line."""
        return "\n".join(scene.prose for scene in self.scenes)

    def with_scenes(self, scenes: Iterable[Scene]) -> "Script":
        """A new script: the same title page before other scenes, a blank line after each."""
        return replace(self, scenes=tuple(replace(s, fountain=s.fountain.rstrip("\n") + "\n\n") for s in scenes))


def read(text: str) -> Script:
    """Parse Fountain into scenes; `read(text).fountain` is `text`, with plain line ends and truly blank lines.

    Raises:
        BrokenScript: there is nothing to read in it, or its structure is broken; the message says where.
    """
    text = _ALMOST_BLANK.sub("", text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))
    if not text.strip():
        raise BrokenScript("the script is empty: write at least one scene heading, such as INT. KITCHEN - NIGHT")
    refuse_unclosed(text)
    parsed = _parsed("\n" + text if _HEADING.match(text) else text)  # a heading with a colon is no title page
    body = _title_end(text) if parsed.title_page else 0
    starts = list(_heading_offsets(text, body))
    _refuse_other_headings(parsed, len(starts))
    bounds = [body, *(start for start in starts if start > body), len(text)]
    scenes = [_scene(text[start:end]) for start, end in pairwise(bounds) if start < end]
    silent = bool(scenes) and not scenes[0].heading and not scenes[0].passages
    front = text[:body] + (scenes[0].fountain if silent else "")
    return _refuse_bare(Script(front, tuple(scenes[silent:])))


def refuse_unclosed(text: str) -> None:
    """Raises BrokenScript, which names the line, where a comment or a note is opened and never closed.

    Raises:
        BrokenScript: a comment or a note is opened and never closed; the message names the line.
    """
    _refuse_open(text, "/*", "*/", "comment")  # without this, each would be looked for to the end of the text
    rest = _COMMENT.sub(lambda found: "\n" * found.group().count("\n"), text)
    _refuse_open(rest, "[[", "]]", "note")


def passages_of(fountain: str) -> tuple[Passage, ...]:
    """The passages of a piece of Fountain: paragraphs of action, and speeches."""
    return tuple(passage for part in _parsed("\n" + fountain).paragraphs for passage in _passages(part))


def _scene(fountain: str) -> Scene:
    """Parse the Fountain of one scene, which begins at its heading."""
    first = next(iter(_parsed("\n" + fountain).paragraphs), None)
    heading = str(first.line).strip() if isinstance(first, types.Slug) else ""
    return Scene(heading, fountain, passages_of(fountain))


def _passages(paragraph: object) -> Iterator[Passage]:
    """What happens or is said in a paragraph of `screenplain`; dual dialogue one after the other."""
    if isinstance(paragraph, types.DualDialog):
        yield from (*_passages(paragraph.left), *_passages(paragraph.right))
    elif isinstance(paragraph, types.Dialog):
        spoken = " ".join(str(line) for aside, line in paragraph.blocks if not aside).strip()
        if spoken:
            yield Passage(spoken, str(paragraph.character).partition("(")[0].strip(" ^").upper())
    elif isinstance(paragraph, types.Action):
        told = " ".join(str(line).strip() for line in paragraph.lines).strip()
        if told and not _TRANSITION.fullmatch(told):
            yield Passage(told)


def _parsed(text: str) -> types.Screenplay:
    return library.parse(io.StringIO(text))


def _heading_offsets(text: str, body: int) -> Iterator[int]:
    """Where scene headings begin in `text`; raises BrokenScript where one has no blank line about it."""
    comments = [found.span() for found in _COMMENT.finditer(text)]
    begins = [start for start, _ in comments]
    lines, offset = text.split("\n"), 0
    for number, line in enumerate(lines):
        before = bisect_left(begins, offset)
        inside = offset < body or (before > 0 and offset < comments[before - 1][1])
        if not inside and line.strip():
            about = [*lines[max(number - 1, 0) : number], *lines[number + 1 : number + 2]]
            alone = all(each in ("", " ") for each in about)
            if alone and _is_heading(line):
                yield offset
            elif not alone and _HEADING.match(line) and line.isupper():
                raise BrokenScript(
                    f"line {number + 1}, {line!r:.60}, is a scene heading without a blank line before and after it: "
                    f"put one there, or begin the line with '!'. {_CURE}"
                )
        offset += len(line) + 1


def _is_heading(line: str) -> bool:
    paragraphs = _parsed("\n" + line).paragraphs
    return len(paragraphs) == 1 and isinstance(paragraphs[0], types.Slug)


def _title_end(text: str) -> int:
    """Where the title page ends: after its first blank line."""
    end = text.find("\n\n")
    return len(text) if end < 0 else end + 2


def _refuse_open(text: str, opens: str, closes: str, what: str) -> None:
    """Raises BrokenScript, naming the line, where `opens` comes after the last `closes`."""
    last = text.rfind(opens)
    if last > text.rfind(closes):
        line = text.count("\n", 0, last) + 1
        raise BrokenScript(f"the {what} that opens in line {line} with {opens} has no end: close it with {closes}")


def _refuse_other_headings(parsed: types.Screenplay, ours: int) -> None:
    """Raises BrokenScript where the library reads other scene headings than the lines that stand alone."""
    theirs = sum(isinstance(paragraph, types.Slug) for paragraph in parsed.paragraphs)
    if theirs != ours:
        raise BrokenScript(
            f"{theirs} scene headings are read where {ours} lines stand alone as one: a comment or note runs across "
            f"a heading; give it lines of its own. {_CURE}"
        )


def _refuse_bare(script: Script) -> Script:
    """Returns the script; raises BrokenScript where it has no scene heading, or nothing below any."""
    headed = [scene for scene in script.scenes if scene.heading]
    if not headed:
        raise BrokenScript(
            f"there is no scene heading: begin scenes with a line such as INT. KITCHEN - NIGHT, blank before and "
            f"after. {_CURE}"
        )
    if not any(scene.passages for scene in headed):
        raise BrokenScript(
            f"there are {len(headed)} scene headings and nothing below them: write what happens. {_CURE}"
        )
    return script
