"""A killed cycle is found as it was; a new one gets the next number; one process at a time runs cycles."""

import subprocess
import sys
from pathlib import Path

import pytest

from dagster_project.resources import Loop
from pipelines.platform import lock
from pipelines.platform.errors import Busy, MixedSources
from pipelines.platform.ledger import Ledger
from pipelines.platform.state import State
from pipelines.platform.state_source import Source, settle


def test_an_unfinished_cycle_goes_on_under_its_number(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    assert ledger.open_or_resume() == 1
    ledger.note(1, as_of=5)
    assert Ledger(tmp_path).open_or_resume() == 1
    assert ledger.read(1)["as_of"] == 5
    ledger.close(1)
    assert ledger.open_or_resume() == 2
    assert ledger.numbers() == [1, 2]


def test_a_stage_is_timed_only_when_it_ends(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    number = ledger.open_or_resume()
    with ledger.stage(number, "good"):
        pass
    with pytest.raises(RuntimeError), ledger.stage(number, "bad"):
        raise RuntimeError
    assert list(ledger.read(number)["seconds"]) == ["good"]


def test_a_second_process_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    program = "import sys; from pipelines.platform import lock; from pipelines.platform.state import State;"
    program += "lock.acquire(State.at(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    state = State.at(tmp_path)
    assert not lock.free(state)
    with pytest.raises(Busy, match=str(holder.pid)):
        lock.acquire(state)
    with pytest.raises(Busy):
        _ = Loop(state=str(tmp_path)).cycle  # as every asset asks for it, also alone
    holder.kill()
    holder.wait()
    assert lock.free(state), "the kernel gives the lock of a killed process back"
    lock.acquire(state)
    lock.release(state)


def test_a_state_folder_keeps_to_its_source(tmp_path: Path) -> None:
    state = State.at(tmp_path)
    settle(state, Source("audience", 7))
    settle(state, Source("audience", 7))
    with pytest.raises(MixedSources, match="seed 7"):
        settle(state, Source("data"))
