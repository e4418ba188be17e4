"""What dies while a run needs it is started again, and not for ever."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.platform import processes, supervision
from pipelines.platform.state import State
from pipelines.platform.supervision import supervised
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
    with EmbeddedBroker(tmp_path / "broker") as broker, processes.watched_broker(State.at(tmp_path), told.append) as by:
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
        assert by.revived_since(0) and by.revivals == 1
        assert told == ["the Kafka broker has died, and is started again"]
        assert broker.kept, "as it was before"
        broker.stop()
        assert not broker.died, "who stops it means it"
        time.sleep(3)
        assert by.revivals == 1 and not broker.status().running


def test_what_dies_again_and_again_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "_PAUSES_S", (0.0, 0.1, 0.1))
    monkeypatch.setattr(supervision, "_LOOK_S", 0.05)
    told: list[str] = []
    started = [_short_lived()]
    with supervised("it", lambda: started[-1].poll() is not None, lambda: started.append(_short_lived()), told.append):
        _await(lambda: len(told) == 4)
    assert told == 3 * ["it has died, and is started again"] + ["it has died 3 times in ten minutes; it stays so"]
    assert len(started) == 4


def test_what_cannot_be_started_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "_PAUSES_S", (0.0, 0.1, 0.1))
    alive: list[bool] = []
    told: list[str] = []

    def start() -> None:
        if len(told) < 3:
            raise OSError("no room")
        alive.append(True)

    with supervised("it", lambda: not alive, start, told.append) as watched:
        _await(lambda: watched.revivals == 1)
    again = "it has died, and is started again"
    assert told == [again, "it cannot be started: no room", again]


def _short_lived() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "pass"])


def _await(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
