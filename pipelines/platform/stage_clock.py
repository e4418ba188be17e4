"""The clock's seconds, shared by what runs side by side: the shares of all add up to the time in which any ran."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Share:
    """What one has had so far, in seconds."""

    seconds: float = 0.0


class SharedClock:
    """Of an instant in which several run, each has the same part."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._running: list[Share] = []
        self._shared_until = now()
        self._turning = threading.Lock()

    @contextmanager
    def running(self) -> Iterator[Share]:
        """For as long as the block lasts, its share grows; it is whole once the block has ended."""
        share = Share()
        self._turn(self._running.append, share)
        try:
            yield share
        finally:
            self._turn(self._drop, share)

    def _turn(self, change: Callable[[Share], None], share: Share) -> None:
        with self._turning:
            now = self._now()
            for running in self._running:
                running.seconds += (now - self._shared_until) / len(self._running)
            self._shared_until = now
            change(share)

    def _drop(self, share: Share) -> None:
        self._running = [running for running in self._running if running is not share]
