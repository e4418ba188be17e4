"""A new lake in the place of the old one: killed before any of its steps, one of the two is found whole."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.platform import lake_swap, lock
from pipelines.platform.ledger import Ledger
from pipelines.platform.state import State
from tests.commands import REPOSITORY, refused

_OLD, _NEW = ("old",) * 4, ("new", None, "new", "new")
PARTS = ["lake/bronze", "lake/silver", "checkpoints/bronze", "checkpoints/silver"]
# The kernel takes the process away before its step number N that changes the file system.
_DIES = """
import os, signal, sys
from pathlib import Path
from pipelines.platform import lake_swap
from pipelines.platform.state import State
left = int(sys.argv[2])
def look(event, arguments):
    global left
    if event in ("os.rename", "os.remove", "os.rmdir", "os.mkdir"):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(look)
state = State(Path(sys.argv[1]))
lake_swap.declare(state, displaced=True)
lake_swap.finish(state)
"""


@pytest.fixture
def state(tmp_path: Path) -> State:
    """Four old parts, and three new ones beside them: of silver, the new lake holds nothing."""
    for part in PARTS:
        _put(tmp_path / part, "old")
        folder, name = part.split("/")
        if part != "lake/silver":
            _put(tmp_path / folder / "rebuilt" / name, "new")
    ledger = Ledger(tmp_path / "cycles")
    ledger.note(ledger.open_or_resume(), read={"viewing.events": {"0": 9}})
    return State.at(tmp_path)


def test_killed_before_any_step_a_whole_lake_is_found(state: State, tmp_path_factory: pytest.TempPathFactory) -> None:
    whole, ended, step = [], None, 0
    while ended != 0:
        folder = tmp_path_factory.mktemp("copies") / "state"
        shutil.copytree(state.root, folder)
        ended = subprocess.run([sys.executable, "-c", _DIES, str(folder), str(step)], cwd=REPOSITORY).returncode
        assert ended in (0, -signal.SIGKILL)
        with lock.holding(State(folder)):
            whole.append(_found(folder))
        assert bool(Ledger(folder / "cycles").read(1)["read"]) == (whole[-1] == _OLD)
        step += 1
    assert step > 10, "it dies before each of the swap's steps, until it has come to its end"
    assert set(whole) == {_OLD, _NEW}
    assert whole == sorted(whole, key=[_OLD, _NEW].index), "old up to one moment, new from then on"


def test_what_only_reads_finishes_it_too(state: State) -> None:
    lake_swap.declare(state, displaced=False)
    refused("trace", "nobody", "--state", str(state.root))
    assert _found(state.root) == _NEW
    assert Ledger(state.cycles).read(1)["read"], "where offsets are what they were, what was read of them stays"


def _found(folder: Path) -> tuple[str | None, ...]:
    """What stands in each place; nothing else may be left."""
    assert not [*folder.glob("*/rebuilt*"), *folder.glob("*/replaced*")]
    files = [folder / part / "file" for part in PARTS]
    return tuple(file.read_text() if file.exists() else None for file in files)


def _put(folder: Path, content: str) -> None:
    folder.mkdir(parents=True)
    (folder / "file").write_text(content)
