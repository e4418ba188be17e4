"""Edits of a script by whole scenes; each names places of the original script, so that any may be left out."""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from models.judging import style
from models.screenplay.reading import Scene, Script, passages_of
from models.scripts.asked import Header

Kind = Literal["cut", "move", "insert", "replace", "retone"]
_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")
_ANYTHING = Header()
START = -1  # the place before the first scene


@dataclass(frozen=True)
class Edit:
    """One change.

    `cut` and `move` (to behind `after`) are of the scene at `place`. `insert` puts `scene` behind the scene at
    `after`. `replace` and `retone` put `scene` in the place of that at `place`; a retoned scene has its old heading
    and speeches, and other action.
    """

    kind: Kind
    place: int | None = None
    after: int | None = None
    scene: Scene | None = None
    header: Header = _ANYTHING  # what was asked of who wrote it

    def describe(self, script: Script) -> str:
        """The edit in words for a reader, scenes counted from 1."""
        new = "" if self.scene is None else f" {self.scene.heading!r}"
        asked = f" ({self.header.in_words()})" if self.header.in_words() else ""
        behind = "at the beginning" if self.after == START else f"after scene {(self.after or 0) + 1}"
        if self.kind == "insert":
            return f"insert{new}{asked} {behind}"
        old = f"scene {(self.place or 0) + 1} {script.scenes[self.place or 0].heading!r}"
        return {
            "cut": f"cut {old}",
            "move": f"move {old} {behind}",
            "replace": f"replace {old} by{new}{asked}",
            "retone": f"retell the action of {old}{asked}",
        }[self.kind]


def applied(script: Script, edits: Sequence[Edit]) -> Script:
    """A new script with all edits made, no two of which are of the same scene."""
    order = list(range(len(script.scenes)))
    for edit in edits:
        if edit.kind == "move" and edit.place is not None:
            order.remove(edit.place)
            order.insert(0 if edit.after == START else order.index(edit.after) + 1, edit.place)  # type: ignore[arg-type]
    of_place = {edit.place: edit for edit in edits if edit.place is not None}
    put: dict[int | None, list[Scene]] = {}
    for edit in edits:
        if edit.kind == "insert" and edit.scene is not None:
            put.setdefault(edit.after, []).append(edit.scene)
    scenes = list(put.get(START, []))
    for place in order:
        edit_here = of_place.get(place)
        if edit_here is None or edit_here.kind == "move":
            scenes.append(script.scenes[place])
        elif edit_here.scene is not None:
            scenes.append(edit_here.scene)
        scenes.extend(put.get(place, []))
    return script.with_scenes(scenes)


def distance(script: Script, edits: Sequence[Edit]) -> float:
    """The share of the script's words that edits take away or add, whichever is more; a moved scene counts whole."""
    removed = added = 0
    for edit in edits:
        old = 0 if edit.place is None else _length(script.scenes[edit.place])
        removed += old
        added += old if edit.kind == "move" else 0 if edit.scene is None else _length(edit.scene)
    return max(removed, added) / max(sum(map(_length, script.scenes)), 1)


def options(script: Script, written: Sequence[tuple[Scene, Header]], made: Sequence[Edit]) -> Iterator[Edit]:
    """All edits of scenes that none of those made touches; `written`: new scenes, each with the header asked for."""
    touched = {edit.place for edit in made} | {edit.after for edit in made if edit.kind == "move"}
    open_to = [place for place, scene in enumerate(script.scenes) if place not in touched and scene.heading]
    used = {edit.scene.heading + edit.scene.prose for edit in made if edit.scene is not None and edit.kind != "retone"}
    left = [each for each in written if each[0].heading + each[0].prose not in used]
    first = [START] if not script.scenes or script.scenes[0].heading else []
    remain = len(script.scenes) - sum(edit.kind == "cut" for edit in made)
    for place in open_to:
        if remain > 1:
            yield Edit("cut", place)
        yield from (Edit("move", place, after) for after in (*first, *open_to) if after not in (place, place - 1))
        for scene, header in left:
            yield Edit("replace", place, scene=scene, header=header)
            told = retoned(script.scenes[place], scene)
            if told is not None:
                yield Edit("retone", place, scene=told, header=header)
    for after in (*first, *range(len(script.scenes))):
        yield from (Edit("insert", after=after, scene=scene, header=header) for scene, header in left)


def retoned(scene: Scene, other: Scene) -> Scene | None:
    """A scene with the action of another one, paragraph for paragraph; None where either has no action."""
    told = [passage.text for passage in other.passages if not passage.character]
    blocks, ours = _PARAGRAPHS.split(scene.fountain.strip("\n")), 0
    for number, block in enumerate(blocks):
        found = passages_of(block) if number else ()
        if found and not any(passage.character for passage in found):
            blocks[number] = told[ours] if ours < len(told) else ""
            ours += 1
    if not told or not ours:
        return None
    text = "\n\n".join(block for block in (*blocks, *told[ours:]) if block) + "\n\n"
    return Scene(scene.heading, text, passages_of(text))


def recast(scene: Scene, cast: Sequence[str]) -> Scene:
    """A scene spoken by the script's own characters: who speaks most there takes the part of who speaks most here."""
    parts = {old: new for old, new in zip(style.cast([scene]), cast, strict=False) if old != new}
    if not parts:
        return scene
    spelt = {form(old): form(new) for old, new in parts.items() for form in (str.upper, str.title)}
    names = re.compile(r"\b(" + "|".join(map(re.escape, sorted(spelt, key=len, reverse=True))) + r")\b")
    heading, _, body = scene.fountain.partition("\n")
    text = f"{heading}\n{names.sub(lambda found: spelt[found.group()], body)}"
    return Scene(scene.heading, text, passages_of(text))


def diff(before: Script, after: Script) -> str:
    """What changed, line by line, as a unified diff."""
    old, new = before.fountain.splitlines(), after.fountain.splitlines()
    return "\n".join(difflib.unified_diff(old, new, "before", "after", lineterm="", n=1))


def _length(scene: Scene) -> int:
    """How many words a scene's Fountain has."""
    return len(scene.fountain.split())
