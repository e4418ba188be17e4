"""Whether the app can answer, and what ails it: each part says so for itself."""

import logging
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from streaming.serving.problems import Problem

_LOG = logging.getLogger("cineloop.serving")
RETRY_S = 1


@dataclass
class Readiness:
    """`missing`: parts without which no slate can be made, with the reason. `ailing`: parts that do without.

    Every change is logged, once.
    """

    missing: dict[str, str] = field(
        default_factory=lambda: {
            "histories": "the lake and the topic are being read",
            "model": "the serving version is being loaded",
        }
    )
    ailing: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def lacks(self, part: str, reason: str) -> None:
        """No slate can be made without this part."""
        with self._lock:
            if self.missing.get(part) != reason:
                _LOG.warning("not ready: %s: %s", part, reason)
            self.missing = {**self.missing, part: reason}

    def has(self, part: str) -> None:
        """The part is there."""
        with self._lock:
            if part in self.missing:
                _LOG.info("ready: %s", part)
            self.missing = {name: why for name, why in self.missing.items() if name != part}

    def ails(self, part: str, reason: str) -> None:
        """The part does not do what it should, and slates are served all the same."""
        with self._lock:
            if self.ailing.get(part) != reason:
                _LOG.warning("degraded: %s: %s", part, reason)
            self.ailing = {**self.ailing, part: reason}

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
        return {"status": self.status, "reasons": {**self.missing, **self.ailing}, **self.facts}

    def refuse_if_missing(self) -> None:
        """
        Raises:
            Problem: a part is missing.
        """
        if self.missing:
            why = "; ".join(f"{part}: {reason}" for part, reason in self.missing.items())
            headers = {"Retry-After": str(RETRY_S)}
            raise Problem("not-ready", f"{why}. Ask again in {RETRY_S} s", headers, reasons=self.report()["reasons"])
