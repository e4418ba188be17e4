"""Which decider decides: the one that stands, until another has been loaded beside it and tried."""

import logging
import time

from streaming.serving.background import Background
from streaming.serving.deciding import Decider, Source
from streaming.serving.metrics import Metrics
from streaming.serving.readiness import Readiness

_LOOK_S = 1.0
_RETRY_S = 10.0  # a refused version is tried again: its files may have been restored
_LOG = logging.getLogger("cineloop.serving")


class Succession(Background):
    """One thread that looks every second what should decide, loads it, and hands it over by one assignment."""

    def __init__(self, source: Source, readiness: Readiness, metrics: Metrics) -> None:
        super().__init__("succession")
        self._source, self._readiness, self._metrics = source, readiness, metrics
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
                self._readiness.heals("model")
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
        self._readiness.has("model")
        self._readiness.heals("model")
        self._metrics.swaps.inc()
        _LOG.info("%s decides", standing)

    def _refuse(self, standing: str, error: Exception) -> None:
        self._refused = (standing, time.monotonic())
        self._metrics.refusals.inc()
        why = f"{standing} cannot serve ({type(error).__name__}: {error})"
        if self.decider is None:
            self._readiness.lacks("model", why)
        else:
            self._readiness.ails("model", f"{why}; {self._loaded} goes on serving")
