"""The real process is killed in mid-stream and started again: its slates are those of one that was never killed."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from streaming.serving.server import Settings
from tests.commands import CINELOOP, REPOSITORY
from tests.serving.running import App, free_port, posted, running, within
from tests.serving.small_state import SmallState

pytestmark = [pytest.mark.kafka, pytest.mark.fault]
VIEWERS = ("viewer-00", "viewer-01", "killed-1", "killed-2", "unknown")


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


def test_a_killed_app_comes_back_with_equal_slates(copied: Callable[[], SmallState]) -> None:
    small = copied()
    with running(small.world, Settings(port=0)) as never_killed:
        with process(small) as (app, served):
            for number in range(60):
                viewer = f"killed-{number % 3}"
                film = f"{('comedy', 'western')[number % 2]}-{number % 12:02d}"
                assert app.post(posted(f"stream-{number}", viewer, film, "play")).status_code == 202
                if number == 40:
                    assert app.slate("killed-1")["newcomer"] is False
            served.kill()
        with process(small) as (app, _):
            within(30, lambda: all(app.slate(viewer) == never_killed.slate(viewer) for viewer in VIEWERS))
