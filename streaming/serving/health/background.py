"""The base class of the app's background threads."""

import logging
from abc import ABC, abstractmethod
from threading import Event as Signal
from threading import Thread

from streaming.serving.health.metrics import Metrics

_GRACE_S = 10
_PAUSE_S = 1.0
_LOG = logging.getLogger("cineloop.serving")


class BackgroundThread(ABC):
    """A daemon thread, started once and stopped once.

    Work that raises is logged, counted and begun again after a second, so that no exception ends the thread.
    """

    def __init__(self, name: str, metrics: Metrics) -> None:
        """Make the thread; `start` starts it."""
        self._metrics = metrics
        self._stopped = Signal()
        self._failures = metrics.retries.labels(name)
        self._thread = Thread(target=self._work_and_restart, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end, and wait for at most ten seconds."""
        self._stopped.set()
        self._thread.join(_GRACE_S)

    @abstractmethod
    def _work(self) -> None:
        """Work until `_stopped` is set; called again after an exception."""

    def _work_and_restart(self) -> None:
        while True:
            try:
                self._work()
                return
            except Exception:
                self._failures.inc()
                _LOG.exception("the %s failed, and starts again", self._thread.name)
                if self._stopped.wait(_PAUSE_S):
                    return
