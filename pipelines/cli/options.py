"""Options that several verbs share."""

from pathlib import Path
from typing import Annotated

import typer


def _whole(folder: Path) -> Path:
    """The folder, after finishing a rebuild that a killed process left half swapped."""
    from pipelines.platform import lake_swap, lock
    from pipelines.platform.state import State

    state = State.at(folder)
    if lake_swap.begun(state) and lock.free(state):  # else whoever has the lock is at it
        with lock.holding(state):
            pass
    return folder


StateOption = Annotated[
    Path, typer.Option("--state", help="The state folder.", show_default="./state", callback=_whole)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
DEFAULT_STATE = Path("state")
