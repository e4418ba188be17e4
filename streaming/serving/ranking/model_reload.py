"""Which decider decides: the one that stands, until another has been loaded beside it and tried."""

import logging
import time

from streaming.serving.health.background import Background
from streaming.serving.health.causes import Cause
from streaming.serving.health.metrics import Metrics
from streaming.serving.health.readiness import MODEL, Readiness
from streaming.serving.ranking.decider import CannotServe, Decider, Source

_LOOK_S = 1.0
_RETRY_S = 10.0  # a refused version is tried again: its files may have been restored
_LOG = logging.getLogger("cineloop.serving")


class Succession(Background):
    """One thread that looks every second what should decide, loads it, and hands it over by one assignment."""

    def __init__(self, source: Source, readiness: Readiness, metrics: Metrics) -> None:
        super().__init__("succession", metrics)
        self._source, self._readiness = source, readiness
        self._loaded: str | None = None
        self._refused: tuple[str, float] | None = None  # what, and when (monotonic seconds)
        self.decider: Decider | None = None
        self.generation = 0

    def _work(self) -> None:
        while True:
            self._look()
            if self._stopped.wait(_LOOK_S):
                return

    def _look(self) -> None:
        standing = "what stands"
        try:
            standing = self._source.standing()
            if standing == self._loaded:
                self._refused = None
                self._readiness.heals(MODEL)
            elif self._due(standing):
                self._take_over(standing, self._source.load(standing))
        except Exception as error:
            self._refuse(standing, error)

    def _due(self, standing: str) -> bool:
        return self._refused is None or self._refused[0] != standing or time.monotonic() > self._refused[1] + _RETRY_S

    def _take_over(self, standing: str, decider: Decider) -> None:
        self.decider, self._loaded, self._refused = decider, standing, None
        self.generation += 1
        self._readiness.facts = {**self._readiness.facts, "model_version": decider.name, "standing": standing}
        self._readiness.has(MODEL)
        self._readiness.heals(MODEL)
        self._metrics.swaps.inc()
        _LOG.info("%s decides", standing)

    def _refuse(self, standing: str, error: Exception) -> None:
        if self._refused is None or self._refused[0] != standing:
            _LOG.error("%s cannot serve", standing, exc_info=error)
        self._refused = (standing, time.monotonic())
        self._metrics.refusals.inc()
        cause = _cause(standing, error)
        if self.decider is None:
            self._readiness.lacks(MODEL, cause)
        else:
            self._readiness.ails(MODEL, cause._replace(detail=f"{cause.detail}; {self._loaded} goes on serving"))


def _cause(standing: str, error: Exception) -> Cause:
    if isinstance(error, CannotServe):
        return error.cause
    return Cause("unloadable", f"{standing} cannot be loaded; the app goes on trying, and its log has the reason")
