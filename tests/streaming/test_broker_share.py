"""One embedded broker, several users: it runs while any of them needs it, and longer where somebody started it."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from streaming.broker.node import EmbeddedBroker, shared_broker

pytestmark = pytest.mark.kafka

_USER = """
import sys, time
from pathlib import Path
from streaming.broker.node import shared_broker
with shared_broker(Path(sys.argv[1])):
    print("here", flush=True)
    sys.stdin.readline()
print("left", flush=True)
sys.stdin.read()
"""


def another_user(folder: Path) -> subprocess.Popen[str]:
    """A process that needs the broker until its input ends."""
    user = subprocess.Popen(
        (sys.executable, "-c", _USER, str(folder)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert user.stdout is not None
    assert user.stdout.readline() == "here\n"
    return user


def test_the_last_that_leaves_stops_it_and_a_killed_one_counts_no_longer(tmp_path: Path) -> None:
    broker = EmbeddedBroker(tmp_path)
    killed = another_user(tmp_path)
    with shared_broker(tmp_path) as shared:
        process = shared.status().pid
        leaving = another_user(tmp_path)
        leaving.communicate()
        assert broker.status().pid == process, "who leaves first stops nobody's broker"
    assert broker.status().pid == process, "another still needs it"

    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert broker.status().pid == process, "a killed process can stop nothing"
    with shared_broker(tmp_path):
        pass
    assert not broker.status().running


@pytest.mark.timeout(60)
def test_the_last_need_not_wait_for_who_started_it_and_went_on_to_something_else(tmp_path: Path) -> None:
    starter = another_user(tmp_path)
    assert starter.stdout is not None and starter.stdin is not None
    with shared_broker(tmp_path) as shared:
        process = shared.status().pid
        starter.stdin.write("leave\n")
        starter.stdin.flush()
        assert starter.stdout.readline() == "left\n"
    assert process is not None and psutil.Process(process).status() == psutil.STATUS_ZOMBIE, "its parent still lives"
    assert not shared.status().running
    starter.communicate()


def test_one_that_somebody_started_runs_on_until_somebody_stops_it(tmp_path: Path) -> None:
    with shared_broker(tmp_path) as shared:
        process = shared.status().pid
        started = EmbeddedBroker(tmp_path).start()
    assert started.status().pid == process
    with shared_broker(tmp_path):
        pass
    assert started.status().pid == process
    started.stop()
    assert not started.kept
