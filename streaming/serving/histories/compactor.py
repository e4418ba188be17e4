"""What the topic has told is held in memory until a cycle has it in the lake."""

import logging
from collections.abc import Callable

from streaming.serving.health.background import Background
from streaming.serving.health.metrics import Metrics
from streaming.serving.histories.past import Past
from streaming.serving.histories.viewers import Viewers

_HELD = 50_000  # events, some 20 MB: fewer are not worth reading the lake for
_LOOK_S = 10.0
_LOG = logging.getLogger("cineloop.serving")


class Forgetter(Background):
    """One thread that lets the viewers go on from the lake once a further cycle has read much of what they hold."""

    def __init__(
        self,
        viewers: Viewers,
        past: Callable[[], Past],
        finished: Callable[[], int],
        known: int,
        metrics: Metrics,
        held: int = _HELD,
        look_s: float = _LOOK_S,
    ) -> None:
        """`finished` says the last finished cycle; the viewers' past is that of cycle `known`."""
        super().__init__("forgetter", metrics)
        self._viewers, self._past, self._finished = viewers, past, finished
        self._known, self._held, self._look_s = known, held, look_s

    def _work(self) -> None:
        while not self._stopped.wait(self._look_s):
            try:
                self._look()
            except Exception:
                self._failures.inc()
                _LOG.exception("the lake could not be read again: what it has is held on to")

    def _look(self) -> None:
        if self._known and self._viewers.held < self._held:  # before the first cycle the lake had nothing to tell
            return
        cycle = self._finished()
        if cycle != self._known:
            self._viewers.resume(self._past())
            self._known = cycle
