"""Whether the app can answer, and which of its parts do not work: each part reports for itself."""

import logging
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from streaming.errors import BrokerError
from streaming.kafka.admin import check_reachable
from streaming.serving.health import status_causes
from streaming.serving.health.background import BackgroundThread
from streaming.serving.health.metrics import Metrics
from streaming.serving.health.status_causes import Cause
from streaming.serving.http.problem_details import Problem

_LOG = logging.getLogger("cineloop.serving")
_RETRY_S = 1
_POLL_S = 1.0
HISTORIES, MODEL, EVENTS, BROKER = "histories", "model", "events", "broker"
"""The parts: viewers' histories, the serving model, the topic of new events, Kafka."""


@dataclass
class Readiness:
    """`missing`: parts without which no slate can be made. `degradations`: parts that slates can be made without.

    Every change is logged, once.
    """

    missing: dict[str, Cause] = field(
        default_factory=lambda: {HISTORIES: status_causes.READING, MODEL: status_causes.LOADING},
    )
    degradations: dict[str, Cause] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def not_ready(self, part: str, cause: Cause) -> None:
        """Note that no slate can be made without this part, which does not work; log the change."""
        with self._lock:
            if self.missing.get(part) != cause:
                _LOG.warning("not ready: %s: %s", part, cause.detail)
            self.missing = {**self.missing, part: cause}

    def ready(self, part: str) -> None:
        """Note that the part works, for the first time or again; log the change."""
        with self._lock:
            if part in self.missing:
                _LOG.info("ready: %s", part)
            self.missing = {name: why for name, why in self.missing.items() if name != part}
        self.recovered(part)

    def degraded(self, part: str, cause: Cause) -> None:
        """Note that the part does not work, and slates are served all the same; log the change."""
        with self._lock:
            if self.degradations.get(part) != cause:
                _LOG.warning("degraded: %s: %s", part, cause.detail)
            self.degradations = {**self.degradations, part: cause}

    def recovered(self, part: str) -> None:
        """Note that the part works again; log the change."""
        with self._lock:
            if part in self.degradations:
                _LOG.info("recovered: %s", part)
            self.degradations = {name: why for name, why in self.degradations.items() if name != part}

    def report(self) -> dict[str, Any]:
        """The body of `/readyz`: `warming`, `degraded` or `ready`, with the reasons."""
        status = "warming" if self.missing else "degraded" if self.degradations else "ready"
        reasons = {part: cause._asdict() for part, cause in {**self.missing, **self.degradations}.items()}
        return {"status": status, "reasons": reasons, **self.facts}

    def refuse_if_missing(self) -> None:
        """Raise a Problem if a part is missing without which no slate can be made."""
        if self.missing:
            why = "; ".join(f"{part}: {cause.detail}" for part, cause in self.missing.items())
            headers = {"Retry-After": str(_RETRY_S)}
            raise Problem("not-ready", f"{why}. Ask again in {_RETRY_S} s", headers, reasons=self.report()["reasons"])


class BrokerWatch(BackgroundThread):
    """One thread that marks the app as degraded while no broker answers: Kafka's client retries without a word."""

    def __init__(self, bootstrap: str, readiness: Readiness, metrics: Metrics) -> None:
        super().__init__("broker-watch", metrics)
        self._bootstrap, self._readiness = bootstrap, readiness

    def _work(self) -> None:
        """Try to connect to the broker every so often, and report it as recovered or degraded, until stopped."""
        while not self._stopped.is_set():
            try:
                check_reachable(self._bootstrap)
                self._readiness.recovered(BROKER)
            except BrokerError:
                self._readiness.degraded(BROKER, status_causes.BROKER)
            self._stopped.wait(_POLL_S)
