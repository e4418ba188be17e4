"""The lake that a rebuild makes beside the standing one, and how it takes its place.

STATE/lake/rebuilt/      STATE/checkpoints/rebuilt/      the new tables and their checkpoints
STATE/lake/rebuilt.json                                  stands once these are whole: from then on they are the lake
STATE/lake/replaced/     STATE/checkpoints/replaced/     the old ones, until the new ones stand in their place

Killed before the file stands, the old lake is whole, and the new parts are removed by whoever works here next; killed
after, the next one moves what has not been moved. Each move is a rename within a folder, so a lake or its checkpoints
may be mounted from elsewhere; an object store, where a rename is a copy, cannot hold them.
"""

import json
import os
import shutil
from pathlib import Path

from pipelines.platform.ledger import Ledger
from pipelines.platform.state import State
from streaming.atomic_files import write_whole

_PARTS = ("bronze", "silver")


def beside(state: State) -> tuple[Path, Path]:
    """The paths of the new lake and its checkpoints while they are made; makes nothing."""
    return state.lake / "rebuilt", state.checkpoints / "rebuilt"


def declare(state: State, displaced: bool) -> None:
    """Write the file that says that the new lake is whole, and is what stands from now on; `finish` then moves it.

    Args:
        displaced: what cycles noted of the topics' offsets is no longer true.
    """
    for folder in (state.lake, state.checkpoints):
        for part in _PARTS:
            (folder / "rebuilt" / part).mkdir(parents=True, exist_ok=True)  # one that holds nothing replaces, too
    os.sync()  # a power cut must not take the new files after the old ones have been deleted
    write_whole(_declaration_file(state), json.dumps({"displaced": displaced}).encode())


def begun(state: State) -> bool:
    """Whether a swap's file stands: it has been declared and not been finished."""
    return _declaration_file(state).exists()


def finish(state: State) -> None:
    """Move a declared new lake into place and delete the old one; delete an undeclared new one. Needs the lock."""
    declared = _declaration_file(state)
    if declared.exists():
        for folder in (state.lake, state.checkpoints):
            for part in _PARTS:
                _move_into_place(folder, part)
        if json.loads(declared.read_text())["displaced"]:
            Ledger(state.cycles).forget_places()
        declared.unlink()
    for folder in (state.lake, state.checkpoints):
        for left in ("rebuilt", "replaced"):
            if (folder / left).exists():
                shutil.rmtree(folder / left)


def _move_into_place(folder: Path, part: str) -> None:
    """Move the old part away and the new one into its place; done already, nothing happens."""
    new, place, old = folder / "rebuilt" / part, folder / part, folder / "replaced" / part
    if not new.exists():
        return
    if place.exists():
        old.parent.mkdir(exist_ok=True)
        place.rename(old)
    new.rename(place)


def _declaration_file(state: State) -> Path:
    return state.lake / "rebuilt.json"
