"""The start: the lake is read, again and again until it can be, and from there the topic is followed."""

import logging
from collections.abc import Callable
from contextlib import suppress

from streaming.errors import BrokerError
from streaming.serving.health import causes
from streaming.serving.health.background import Background
from streaming.serving.health.readiness import HISTORIES
from streaming.serving.histories.compactor import Forgetter
from streaming.serving.histories.listening import Listener, OtherCluster, refuse_foreign
from streaming.serving.histories.past import Past
from streaming.serving.histories.viewers import Viewers
from streaming.serving.ranking.desk import Desk

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 15.0
_LOG = logging.getLogger("cineloop.serving")


class Warmer(Background):
    """One thread that ends once the lake is read; those that follow the topic from there end with it."""

    def __init__(self, desk: Desk, bootstrap: str, past: Callable[[], Past], finished: Callable[[], int]) -> None:
        super().__init__("warmer", desk.metrics)
        self._desk, self._bootstrap, self._past, self._finished = desk, bootstrap, past, finished
        self._followers: list[Background] = []

    def stop(self) -> None:
        """End, and let those end that follow the topic."""
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
                cause = causes.OTHER_CLUSTER if isinstance(error, OtherCluster) else causes.LAKE
                self._desk.readiness.lacks(HISTORIES, cause)
                if said != repr(error):
                    _LOG.error("the lake could not be read, and is read again", exc_info=error)
                said = repr(error)
            self._stopped.wait(wait)
            wait = min(2 * wait, _LONGEST_WAIT_S)

    def _read(self) -> tuple[int, Past]:
        """The last finished cycle, and what the lake knows.

        Raises:
            OtherCluster: the lake has read what the topic never held.
        """
        cycle = self._finished()  # before the past: a cycle that ends in between is met at the next look
        past = self._past()
        with suppress(BrokerError):  # the listener waits for one
            refuse_foreign(self._bootstrap, past.offsets)
        return cycle, past

    def _follow(self, cycle: int, past: Past) -> None:
        desk, viewers = self._desk, Viewers(past)
        desk.metrics.held.set_function(lambda: viewers.held)
        desk.viewers = viewers
        listener = Listener(self._bootstrap, viewers, past.offsets, desk.readiness, desk.metrics)
        self._followers = [listener, Forgetter(viewers, self._past, self._finished, cycle, desk.metrics)]
        for thread in self._followers:
            thread.start()
