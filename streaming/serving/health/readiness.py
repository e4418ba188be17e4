"""Whether the app can answer, and what ails it: each part says so for itself."""

import logging
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from streaming.serving.health import causes
from streaming.serving.health.causes import Cause
from streaming.serving.http.problems import Problem

_LOG = logging.getLogger("cineloop.serving")
RETRY_S = 1
HISTORIES, MODEL, EVENTS, BROKER = "histories", "model", "events", "broker"
"""The parts: who has done what, who ranks, whether new events are heard, whether Kafka answers."""


@dataclass
class Readiness:
    """`missing`: parts without which no slate can be made, with the cause. `ailing`: parts that do without.

    Every change is logged, once.
    """

    missing: dict[str, Cause] = field(
        default_factory=lambda: {HISTORIES: causes.READING, MODEL: causes.LOADING},
    )
    ailing: dict[str, Cause] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def lacks(self, part: str, cause: Cause) -> None:
        """No slate can be made without this part."""
        with self._lock:
            if self.missing.get(part) != cause:
                _LOG.warning("not ready: %s: %s", part, cause.detail)
            self.missing = {**self.missing, part: cause}

    def has(self, part: str) -> None:
        """The part is there."""
        with self._lock:
            if part in self.missing:
                _LOG.info("ready: %s", part)
            self.missing = {name: why for name, why in self.missing.items() if name != part}

    def ails(self, part: str, cause: Cause) -> None:
        """The part does not do what it should, and slates are served all the same."""
        with self._lock:
            if self.ailing.get(part) != cause:
                _LOG.warning("degraded: %s: %s", part, cause.detail)
            self.ailing = {**self.ailing, part: cause}

    def heals(self, part: str) -> None:
        """The part does again what it should."""
        with self._lock:
            if part in self.ailing:
                _LOG.info("healed: %s", part)
            self.ailing = {name: why for name, why in self.ailing.items() if name != part}

    @property
    def status(self) -> str:
        """`warming`, `degraded` or `ready`."""
        return "warming" if self.missing else "degraded" if self.ailing else "ready"

    def report(self) -> dict[str, Any]:
        """What `/readyz` says."""
        reasons = {part: cause._asdict() for part, cause in {**self.missing, **self.ailing}.items()}
        return {"status": self.status, "reasons": reasons, **self.facts}

    def refuse_if_missing(self) -> None:
        """
        Raises:
            Problem: a part is missing.
        """
        if self.missing:
            why = "; ".join(f"{part}: {cause.detail}" for part, cause in self.missing.items())
            headers = {"Retry-After": str(RETRY_S)}
            raise Problem("not-ready", f"{why}. Ask again in {RETRY_S} s", headers, reasons=self.report()["reasons"])
