"""A thread that works beside the requests until it is told to stop."""

from abc import ABC, abstractmethod
from threading import Event as Signal
from threading import Thread

_GRACE_S = 10


class Background(ABC):
    """Started once, stopped once; a process that ends does not wait for it."""

    def __init__(self, name: str) -> None:
        self._stopped = Signal()
        self._thread = Thread(target=self._work, name=name, daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end, and wait for it, for at most ten seconds."""
        self._stopped.set()
        self._thread.join(_GRACE_S)

    @abstractmethod
    def _work(self) -> None:
        """What it does until `_stopped` is set."""
