"""A thread that works beside the requests until it is told to stop."""

import logging
from abc import ABC, abstractmethod
from threading import Event as Signal
from threading import Thread

from streaming.serving.health.metrics import Metrics

_GRACE_S = 10
_PAUSE_S = 1.0
_LOG = logging.getLogger("cineloop.serving")


class Background(ABC):
    """Started once, stopped once; a process that ends does not wait for it.

    Work that fails begins anew after a second: what nobody foresaw is logged and counted, and ends no thread.
    """

    def __init__(self, name: str, metrics: Metrics) -> None:
        self._metrics = metrics
        self._stopped = Signal()
        self._failures = metrics.retries.labels(name)
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end, and wait for it, for at most ten seconds."""
        self._stopped.set()
        self._thread.join(_GRACE_S)

    @abstractmethod
    def _work(self) -> None:
        """What it does until `_stopped` is set; called again where it fails."""

    def _run(self) -> None:
        while True:
            try:
                self._work()
                return
            except Exception:
                self._failures.inc()
                _LOG.exception("the %s failed, and begins anew", self._thread.name)
                if self._stopped.wait(_PAUSE_S):
                    return
