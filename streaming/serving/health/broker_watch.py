"""Checks every second whether Kafka can be reached: its client retries without a word."""

from streaming.errors import BrokerError
from streaming.kafka.admin import check_reachable
from streaming.serving.health import status_causes
from streaming.serving.health.background import BackgroundThread
from streaming.serving.health.metrics import Metrics
from streaming.serving.health.readiness import BROKER, Readiness

_POLL_S = 1.0


class BrokerWatch(BackgroundThread):
    """One thread that marks the app as degraded while no broker answers."""

    def __init__(self, bootstrap: str, readiness: Readiness, metrics: Metrics) -> None:
        super().__init__("broker-watch", metrics)
        self._bootstrap, self._readiness = bootstrap, readiness

    def _work(self) -> None:
        while not self._stopped.is_set():
            try:
                check_reachable(self._bootstrap)
                self._readiness.recovered(BROKER)
            except BrokerError:
                self._readiness.degraded(BROKER, status_causes.BROKER)
            self._stopped.wait(_POLL_S)
