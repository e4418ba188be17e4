"""Loads the histories from the lake, follows the topic from there, and frees what the lake has taken up since."""

import logging
from collections.abc import Callable
from contextlib import suppress

from streaming.errors import BrokerError
from streaming.serving.health import status_causes
from streaming.serving.health.background import BackgroundThread
from streaming.serving.health.metrics import Metrics
from streaming.serving.health.readiness import HISTORIES
from streaming.serving.histories.lake_histories import LakeHistories
from streaming.serving.histories.store import ViewerHistories
from streaming.serving.histories.topic_listener import ForeignCluster, TopicListener, refuse_foreign_cluster
from streaming.serving.ranking.slate_service import SlateService

_HELD = 50_000  # events, some 20 MB: fewer are not worth rereading the lake
_POLL_S = 10.0  # between two looks at the last finished cycle
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 15.0
_LOG = logging.getLogger("cineloop.serving")


class HistoryLoader(BackgroundThread):
    """One thread that retries until the lake can be read; stopping it stops the threads that it has started."""

    def __init__(
        self, service: SlateService, bootstrap: str, past: Callable[[], LakeHistories], finished: Callable[[], int]
    ) -> None:
        super().__init__("history-loader", service.metrics)
        self._service, self._bootstrap, self._past, self._finished = service, bootstrap, past, finished
        self._followers: list[BackgroundThread] = []

    def stop(self) -> None:
        """Stop this thread and those that follow the topic."""
        super().stop()
        for thread in self._followers:
            thread.stop()

    def _work(self) -> None:
        """Read the lake, again until that succeeds, and start the threads that follow the topic; report failures."""
        wait, said = _FIRST_WAIT_S, ""
        while not self._stopped.is_set():
            try:
                self._start_followers(*self._read_lake())
                return
            except Exception as error:
                self._failures.inc()
                cause = status_causes.OTHER_CLUSTER if isinstance(error, ForeignCluster) else status_causes.LAKE
                self._service.readiness.not_ready(HISTORIES, cause)
                if said != repr(error):
                    _LOG.error("the lake could not be read; the app keeps trying", exc_info=error)
                said = repr(error)
            self._stopped.wait(wait)
            wait = min(2 * wait, _LONGEST_WAIT_S)

    def _read_lake(self) -> tuple[int, LakeHistories]:
        """Read the last finished cycle and the lake's histories.

        Raises:
            ForeignCluster: the lake has read beyond the end of the topic.
        """
        cycle = self._finished()  # before the past: a cycle that ends in between is found by the compactor
        past = self._past()
        with suppress(BrokerError):  # the listener waits for one
            refuse_foreign_cluster(self._bootstrap, past.offsets)
        return cycle, past

    def _start_followers(self, cycle: int, past: LakeHistories) -> None:
        """Give the histories to the service and start the threads that keep them current."""
        service, viewers = self._service, ViewerHistories(past)
        service.metrics.held.set_function(lambda: viewers.held)
        service.viewers = viewers
        listener = TopicListener(self._bootstrap, viewers, past.offsets, service.readiness, service.metrics)
        self._followers = [listener, HistoryCompactor(viewers, self._past, self._finished, cycle, service.metrics)]
        for thread in self._followers:
            thread.start()


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
        """Look every so often whether the histories are to be reread from the lake, until stopped."""
        while not self._stopped.wait(self._poll_s):
            self._compact_if_due()

    def _compact_if_due(self) -> None:
        """Reread the lake where a newer cycle has finished and enough events are held in memory."""
        if self._known and self._viewers.held < self._held:  # before the first cycle the lake was empty
            return
        cycle = self._finished()
        if cycle != self._known:
            self._viewers.rebase(self._past())
            self._known = cycle
