"""Hot-swaps the serving model: loads and tries the current one beside the one that serves, and then replaces it."""

import logging
import time

from streaming.serving.health.background import BackgroundThread
from streaming.serving.health.metrics import Metrics
from streaming.serving.health.readiness import MODEL, Readiness
from streaming.serving.health.status_causes import Cause
from streaming.serving.ranking.decider import CannotServe, Decider, DeciderSource

_POLL_S = 1.0
_RETRY_S = 10.0  # a refused version is tried again: its files may have been restored
_LOG = logging.getLogger("cineloop.serving")


class ModelReloader(BackgroundThread):
    """One thread that asks every second which decider should serve, loads it, and swaps it in by one assignment."""

    def __init__(self, source: DeciderSource, readiness: Readiness, metrics: Metrics) -> None:
        super().__init__("model-reloader", metrics)
        self._source, self._readiness = source, readiness
        self._loaded: str | None = None
        self._refused: tuple[str, float] | None = None  # what, and when (monotonic seconds)
        self.decider: Decider | None = None
        self.generation = 0

    def _work(self) -> None:
        """Ask every second which decider should serve, and load it, until stopped."""
        while True:
            self._reload_if_changed()
            if self._stopped.wait(_POLL_S):
                return

    def _reload_if_changed(self) -> None:
        """Ask the source which decider should serve; load and swap in another one, or report why it cannot."""
        standing = "the current model"
        try:
            standing = self._source.standing()
            if standing == self._loaded:
                self._refused = None
                self._readiness.recovered(MODEL)
            elif self._is_load_due(standing):
                self._swap_in(standing, self._source.load(standing))
        except Exception as error:
            self._note_refusal(standing, error)

    def _is_load_due(self, standing: str) -> bool:
        return self._refused is None or self._refused[0] != standing or time.monotonic() > self._refused[1] + _RETRY_S

    def _swap_in(self, standing: str, decider: Decider) -> None:
        """Let a decider serve, and report so to readiness, metrics and log."""
        self.decider, self._loaded, self._refused = decider, standing, None
        self.generation += 1
        self._readiness.facts = {**self._readiness.facts, "model_version": decider.name, "standing": standing}
        self._readiness.ready(MODEL)
        self._metrics.swaps.inc()
        _LOG.info("%s serves now", standing)

    def _note_refusal(self, standing: str, error: Exception) -> None:
        """Log and count that a decider cannot serve, and report the app as degraded or not ready."""
        if self._refused is None or self._refused[0] != standing:
            _LOG.error("%s cannot serve", standing, exc_info=error)
        self._refused = (standing, time.monotonic())
        self._metrics.refusals.inc()
        cause = _cause_of(standing, error)
        if self.decider is None:
            self._readiness.not_ready(MODEL, cause)
        else:
            self._readiness.degraded(MODEL, cause._replace(detail=f"{cause.detail}; {self._loaded} keeps serving"))


def _cause_of(standing: str, error: Exception) -> Cause:
    if isinstance(error, CannotServe):
        return error.cause
    return Cause("unloadable", f"{standing} cannot be loaded; the app keeps trying, and its log has the reason")
