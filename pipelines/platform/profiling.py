"""What a piece of work costs: seconds, and the most memory that the process held meanwhile."""

import threading
import time
from types import TracebackType
from typing import Self

import psutil

_EVERY_SECONDS = 0.05


class Meter:
    """Measures the block that it is entered for; memory is that of the whole process, looked at 20 times a second."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.peak_bytes = 0
        self._ended = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        self._watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._watcher.join()
        self.seconds = time.monotonic() - self._began

    def _watch(self) -> None:
        process = psutil.Process()
        while True:
            self.peak_bytes = max(self.peak_bytes, process.memory_info().rss)
            if self._ended.wait(_EVERY_SECONDS):
                return
