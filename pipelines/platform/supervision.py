"""Restarts a process that dies, after growing pauses and a limited number of times."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Self

_POLL_S = 0.5
_PAUSES_S = (0.0, 2.0, 5.0, 10.0, 20.0)  # before each restart within the period
_PERIOD_S = 600.0
_RESTART_TIMEOUT_S = 180.0

Report = Callable[[str], None]


class Supervisor:
    """Watches one process in a thread for as long as its `with` block lasts."""

    def __init__(self, name: str, has_died: Callable[[], bool], start: Callable[[], object], report: Report) -> None:
        """`start` raises if it fails; `report` takes messages for the user, which begin with `name`."""
        self._name, self._has_died, self._start, self._report = name, has_died, start, report
        self._deaths: deque[float] = deque(maxlen=len(_PAUSES_S))
        self._over = threading.Event()
        self._restarting = threading.Lock()
        self._thread = threading.Thread(target=self._watch_process, name=f"watch {name}", daemon=True)
        self.restarts = 0
        self.given_up = False

    def __enter__(self) -> Self:
        """Start the thread that watches."""
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop the thread; the process is left as it is."""
        self._over.set()
        self._thread.join()

    def restarted_since(self, restarts: int) -> bool:
        """Whether it has been restarted since `restarts` was read; waits for a restart in progress."""
        deadline = time.monotonic() + _RESTART_TIMEOUT_S
        while self._has_died() and not self.given_up and not self._over.is_set() and time.monotonic() < deadline:
            time.sleep(_POLL_S)
        with self._restarting:
            return self.restarts > restarts and not self.given_up

    def _watch_process(self) -> None:
        """Look every so often whether the process has died, and restart it."""
        while not self._over.wait(_POLL_S) and not self.given_up:
            # Looks twice: a process that is being stopped on purpose has ended shortly before it counts as stopped.
            if self._has_died() and not self._over.wait(_POLL_S) and self._has_died():
                with self._restarting:
                    self._restart_process()

    def _restart_process(self) -> None:
        """Restart the process after a pause, again if that fails; give up after too many deaths, and report each."""
        while not self._over.is_set():
            now = time.monotonic()
            recent = [moment for moment in self._deaths if now - moment < _PERIOD_S]
            if len(recent) == len(_PAUSES_S):
                self.given_up = True
                self._report(f"{self._name} has died {len(recent)} times in ten minutes and is not restarted again")
                return
            self._deaths.append(now)
            self._report(f"{self._name} has died and is restarted")
            if self._over.wait(_PAUSES_S[len(recent)]):
                return
            try:
                self._start()
            except Exception as error:
                self._report(f"{self._name} cannot be started: {error}")
                continue
            self.restarts += 1
            return
