"""What dies while a run needs it is started again, and not for ever."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from pipelines.platform import processes, supervision
from pipelines.platform.errors import CycleFailed
from pipelines.platform.state import State
from pipelines.platform.supervision import Supervisor
from streaming.broker.node import EmbeddedBroker
from streaming.kafka.admin import ensure_topics
from streaming.kafka.producer import EventProducer
from streaming.schema.events import Play
from tests.faults import stream


@pytest.mark.kafka
@pytest.mark.fault
def test_a_killed_broker_comes_back_and_takes_what_was_under_way(tmp_path: Path) -> None:
    told: list[str] = []
    first, *plays = [event for event in stream.events() if isinstance(event, Play)]
    with (
        EmbeddedBroker(tmp_path / "broker") as broker,
        processes.supervised_broker(State.at(tmp_path), told.append) as by,
    ):
        ensure_topics(broker.bootstrap)
        with EventProducer(broker.bootstrap) as producer:
            producer.send(first, "test#L1")
            producer.flush()
            broker.kill()
            assert broker.died
            for event in plays:
                producer.send(event, "test#L1")
            assert producer.in_flight == len(plays) > 100
            assert producer.flush() == 1 + len(plays)
        assert by.restarted_since(0) and by.restarts == 1
        assert told == ["the Kafka broker has died and is restarted"]
        assert broker.kept, "as it was before"
        broker.stop()
        assert not broker.died, "who stops it means it"
        time.sleep(3)
        assert by.restarts == 1 and not broker.status().running


def test_what_dies_again_and_again_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "_PAUSES_S", (0.0, 0.1, 0.1))
    monkeypatch.setattr(supervision, "_POLL_S", 0.05)
    told: list[str] = []
    started = [_short_lived()]
    with Supervisor("it", lambda: started[-1].poll() is not None, lambda: started.append(_short_lived()), told.append):
        _await(lambda: len(told) == 4)
    assert told == 3 * ["it has died and is restarted"] + [
        "it has died 3 times in ten minutes and is not restarted again"
    ]
    assert len(started) == 4


def test_what_cannot_be_started_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "_PAUSES_S", (0.0, 0.1, 0.1))
    alive: list[bool] = []
    told: list[str] = []

    def start() -> None:
        if len(told) < 3:
            raise OSError("no room")
        alive.append(True)

    with Supervisor("it", lambda: not alive, start, told.append) as watched:
        _await(lambda: watched.restarts == 1)
    again = "it has died and is restarted"
    assert told == [again, "it cannot be started: no room", again]


@pytest.mark.fault
def test_the_page_of_a_killed_run_is_ended_by_the_next_run_and_that_of_a_living_one_is_not(tmp_path: Path) -> None:
    port, state = _free_port(), State.at(tmp_path)
    killed = subprocess.Popen([sys.executable, "-c", _SERVE, str(tmp_path), str(port)], stdin=subprocess.PIPE)
    _await(lambda: _listens(port))
    (page,) = psutil.Process(killed.pid).children()
    with pytest.raises(CycleFailed, match="another process listens"), processes.web_page(state, port):
        pass
    killed.kill()
    killed.wait()
    assert page.is_running() and _listens(port)
    with processes.web_page(state, port):
        assert not page.is_running()


_SERVE = """
import sys
from pipelines.platform import processes
from pipelines.platform.state import State
with processes.web_page(State.at(sys.argv[1]), int(sys.argv[2])):
    sys.stdin.read()
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((processes.WEB_HOST, 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((processes.WEB_HOST, port)) == 0


def _short_lived() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "pass"])


def _await(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
