"""Whether Kafka can be reached, asked every second: its client would only try again, and say nothing."""

from streaming.errors import BrokerError
from streaming.kafka.admin import check_reachable
from streaming.serving.health import causes
from streaming.serving.health.background import Background
from streaming.serving.health.metrics import Metrics
from streaming.serving.health.readiness import BROKER, Readiness

_LOOK_S = 1.0


class BrokerWatch(Background):
    """One thread that marks the app as degraded while no broker answers."""

    def __init__(self, bootstrap: str, readiness: Readiness, metrics: Metrics) -> None:
        super().__init__("broker-watch", metrics)
        self._bootstrap, self._readiness = bootstrap, readiness

    def _work(self) -> None:
        while not self._stopped.is_set():
            try:
                check_reachable(self._bootstrap)
                self._readiness.heals(BROKER)
            except BrokerError:
                self._readiness.ails(BROKER, causes.BROKER)
            self._stopped.wait(_LOOK_S)
