"""Frees the memory of events that a finished cycle has written to the lake."""

import logging
from collections.abc import Callable

from streaming.serving.health.background import BackgroundThread
from streaming.serving.health.metrics import Metrics
from streaming.serving.histories.lake_histories import LakeHistories
from streaming.serving.histories.store import ViewerHistories

_HELD = 50_000  # events, some 20 MB: fewer are not worth rereading the lake
_POLL_S = 10.0
_LOG = logging.getLogger("cineloop.serving")


class HistoryCompactor(BackgroundThread):
    """One thread that rereads the lake once a newer cycle has finished and many events are held in memory."""

    def __init__(
        self,
        viewers: ViewerHistories,
        past: Callable[[], LakeHistories],
        finished: Callable[[], int],
        known: int,
        metrics: Metrics,
        held: int = _HELD,
        poll_s: float = _POLL_S,
    ) -> None:
        """`finished` returns the last finished cycle; `viewers` were loaded from the lake of cycle `known`."""
        super().__init__("compactor", metrics)
        self._viewers, self._past, self._finished = viewers, past, finished
        self._known, self._held, self._poll_s = known, held, poll_s

    def _work(self) -> None:
        while not self._stopped.wait(self._poll_s):
            try:
                self._compact()
            except Exception:
                self._failures.inc()
                _LOG.exception("the lake could not be reread; the events stay in memory")

    def _compact(self) -> None:
        if self._known and self._viewers.held < self._held:  # before the first cycle the lake was empty
            return
        cycle = self._finished()
        if cycle != self._known:
            self._viewers.rebase(self._past())
            self._known = cycle
