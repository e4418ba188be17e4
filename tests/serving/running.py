"""A running app: its address, and what tests ask it."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from streaming.serving.server import AppContext, ServerSettings, listening, server

WARM_S = 120.0
# A viewer's slate is drawn anew when a period ends: for tests that ask twice, none does.
_ONE_PERIOD = ServerSettings(port=0, slate_lasts_s=1e9)


class App:
    """What a client of the app does."""

    def __init__(self, address: str) -> None:
        self.http = httpx.Client(base_url=address, timeout=30)

    def slate(self, viewer: str, **query: Any) -> dict[str, Any]:
        """A viewer's slate."""
        answer = self.http.get(f"/v1/viewers/{viewer}/slate", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def films(self, viewer: str, **query: Any) -> list[str]:
        """The films of a viewer's slate."""
        return [film["film_id"] for film in self.slate(viewer, **query)["films"]]

    def post(self, *events: dict[str, Any]) -> httpx.Response:
        """Post events."""
        return self.http.post("/v1/events", json=list(events))

    def ready(self) -> dict[str, Any]:
        """What `/readyz` says."""
        return self.http.get("/readyz").json()

    def metric(self, name: str, **labels: str) -> float:
        """The value of a metric."""
        families = text_string_to_metric_families(self.http.get("/metrics").text)
        samples = [sample for family in families for sample in family.samples if sample.name == f"cineloop_{name}"]
        return sum(sample.value for sample in samples if labels.items() <= sample.labels.items())

    def await_ready(self) -> "App":
        """Wait until it is warm."""
        within(WARM_S, self._warm)
        return self

    def _warm(self) -> bool:
        try:
            return self.http.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False


def posted(identity: str, viewer: str, film: str, kind: str = "like", **more: Any) -> dict[str, Any]:
    """An event as an app posts it."""
    data = {"occurred_at": 1_700_000_000_000, "viewer_id": viewer, "film_id": film, **more}
    return {"specversion": "1.0", "id": identity, "source": "tests", "type": f"viewing.{kind}", "data": data}


def within(seconds: float, holds: Callable[[], Any]) -> None:
    """Wait until something holds."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, f"not within {seconds} s"
        time.sleep(0.02)


def free_port() -> int:
    """A port on which nobody listens now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def running(world: AppContext, settings: ServerSettings = _ONE_PERIOD, ready: bool = True) -> Iterator[App]:
    """The app on a free port of this process, until the block ends."""
    with listening(settings) as place:
        ours = server(settings, world)
        thread = Thread(target=ours.run, args=([place],), daemon=True)
        thread.start()
        app = App(f"http://127.0.0.1:{place.getsockname()[1]}")
        try:
            yield app.await_ready() if ready else app
        finally:
            ours.should_exit = True
            thread.join(20)
            app.http.close()
