"""Loads the histories from the lake at the start, and then starts the threads that follow the topic from there."""

import logging
from collections.abc import Callable
from contextlib import suppress

from streaming.errors import BrokerError
from streaming.serving.health import status_causes
from streaming.serving.health.background import BackgroundThread
from streaming.serving.health.readiness import HISTORIES
from streaming.serving.histories.compactor import HistoryCompactor
from streaming.serving.histories.lake_histories import LakeHistories
from streaming.serving.histories.store import ViewerHistories
from streaming.serving.histories.topic_listener import ForeignCluster, TopicListener, refuse_foreign_cluster
from streaming.serving.ranking.slate_service import SlateService

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
        wait, said = _FIRST_WAIT_S, ""
        while not self._stopped.is_set():
            try:
                self._follow(*self._read())
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

    def _read(self) -> tuple[int, LakeHistories]:
        """The last finished cycle, and the lake's histories.

        Raises:
            ForeignCluster: the lake has read beyond the end of the topic.
        """
        cycle = self._finished()  # before the past: a cycle that ends in between is found by the compactor
        past = self._past()
        with suppress(BrokerError):  # the listener waits for one
            refuse_foreign_cluster(self._bootstrap, past.offsets)
        return cycle, past

    def _follow(self, cycle: int, past: LakeHistories) -> None:
        service, viewers = self._service, ViewerHistories(past)
        service.metrics.held.set_function(lambda: viewers.held)
        service.viewers = viewers
        listener = TopicListener(self._bootstrap, viewers, past.offsets, service.readiness, service.metrics)
        self._followers = [listener, HistoryCompactor(viewers, self._past, self._finished, cycle, service.metrics)]
        for thread in self._followers:
            thread.start()
