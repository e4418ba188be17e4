"""What dies while a run needs it is started again: after growing pauses, and not for ever."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LOOK_S = 0.5
_PAUSES_S = (0.0, 2.0, 5.0, 10.0, 20.0)  # before each start of a spell
_SPELL_S = 600.0  # after so long, a death begins another spell
_SETTLING_S = 180.0

Say = Callable[[str], None]


class Supervised:
    """A process that a run needs: whether it has died, and how it is started again."""

    def __init__(self, name: str, died: Callable[[], bool], start: Callable[[], object], say: Say) -> None:
        """`name` as in a sentence; `start` raises where it cannot; `say` tells a person what happens."""
        self._name, self._died, self._start, self._say = name, died, start, say
        self._deaths: deque[float] = deque(maxlen=len(_PAUSES_S))
        self._over = threading.Event()
        self._busy = threading.Lock()
        self.revivals = 0
        self.given_up = False

    def watch(self) -> None:
        """Look after it until `end`, or until it dies too often."""
        while not self._over.wait(_LOOK_S) and not self.given_up:
            # A process that somebody stops is gone for a moment before that shows.
            if self._died() and not self._over.wait(_LOOK_S) and self._died():
                with self._busy:
                    self._revive()

    def end(self) -> None:
        """Look after it no longer."""
        self._over.set()

    def revived_since(self, revivals: int) -> bool:
        """Whether it has been started again since there were so many `revivals`; waits where that is under way."""
        deadline = time.monotonic() + _SETTLING_S
        while self._died() and not self.given_up and not self._over.is_set() and time.monotonic() < deadline:
            time.sleep(_LOOK_S)
        with self._busy:
            return self.revivals > revivals and not self.given_up

    def _revive(self) -> None:
        while not self._over.is_set():
            now = time.monotonic()
            recent = [moment for moment in self._deaths if now - moment < _SPELL_S]
            if len(recent) == len(_PAUSES_S):
                self.given_up = True
                self._say(f"{self._name} has died {len(recent)} times in ten minutes; it stays so")
                return
            self._deaths.append(now)
            self._say(f"{self._name} has died, and is started again")
            if self._over.wait(_PAUSES_S[len(recent)]):
                return
            try:
                self._start()
            except Exception as error:
                self._say(f"{self._name} cannot be started: {error}")
                continue
            self.revivals += 1
            return


@contextmanager
def supervised(name: str, died: Callable[[], bool], start: Callable[[], object], say: Say) -> Iterator[Supervised]:
    """Look after a process for as long as the block lasts, in a thread; arguments as of `Supervised`."""
    watched = Supervised(name, died, start, say)
    thread = threading.Thread(target=watched.watch, name=f"watch {name}", daemon=True)
    thread.start()
    try:
        yield watched
    finally:
        watched.end()
        thread.join()
