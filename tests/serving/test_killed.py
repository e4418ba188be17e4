"""The real process is killed while it takes events in and started again: its slates are those of one never killed."""

import os
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from threading import Thread

import httpx
import pytest

from streaming.serving.server import ServerSettings
from tests.commands import CINELOOP, REPOSITORY
from tests.serving.running import App, free_port, posted, running, within
from tests.serving.small_state import SmallState

pytestmark = [pytest.mark.kafka, pytest.mark.fault]
POSTING = [f"killed-{number}" for number in range(20)]  # the others belong to tests that share the topic
VIEWERS = [*POSTING, *(f"viewer-{number:02d}" for number in range(24)), "unknown"]


@contextmanager
def process(small: SmallState) -> Iterator[tuple[App, "subprocess.Popen[bytes]"]]:
    port = free_port()
    command = [*CINELOOP, "serve", "--state", str(small.state.root), "--port", str(port)]
    environment = {**os.environ, "CINELOOP_BOOTSTRAP": small.bootstrap}
    served = subprocess.Popen(command, cwd=REPOSITORY, env=environment)
    try:
        yield App(f"http://127.0.0.1:{port}").await_ready(), served
    finally:
        served.send_signal(signal.SIGTERM)
        served.wait(20)


def test_an_app_killed_while_it_takes_events_in_comes_back_with_equal_slates(copied: Callable[[], SmallState]) -> None:
    small, accepted = copied(), Counter[str]()
    with running(small.world, ServerSettings(port=0)) as never_killed:
        with process(small) as (app, served):
            posting = Thread(target=post_until_it_dies, args=(app, accepted))
            posting.start()
            within(60, lambda: accepted.total() > 100)
            served.kill()
            posting.join(60)
        with process(small) as (app, _):
            within(30, lambda: all(told(app, viewer) == told(never_killed, viewer) for viewer in VIEWERS))
            for viewer, events in accepted.items():
                assert app.http.get(f"/v1/viewers/{viewer}/profile").json()["events"]["like"] >= events


def post_until_it_dies(app: App, accepted: Counter[str]) -> None:
    """Post likes for viewers in turn; `accepted` counts those that were acknowledged, by viewer."""
    for number in count():
        viewer = POSTING[number % len(POSTING)]
        film = f"{('comedy', 'western')[number % 2]}-{number * 5 % 12:02d}"
        try:
            answer = app.post(posted(f"stream-{number}", viewer, film, occurred_at=1_700_000_000_000 + number))
        except httpx.TransportError:
            return
        assert answer.status_code == 202
        accepted[viewer] += 1


def told(app: App, viewer: str) -> tuple[object, object]:
    """A viewer's slate and profile."""
    return app.slate(viewer), app.http.get(f"/v1/viewers/{viewer}/profile").json()
