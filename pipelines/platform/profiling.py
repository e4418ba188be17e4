"""Measures the seconds of a block, and the most memory that the process used during it."""

import threading
import time
from typing import Self

import psutil

_INTERVAL_S = 0.05


class Meter:
    """Measures its `with` block; `peak_bytes` is the resident memory of the whole process, sampled every 50 ms."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.peak_bytes = 0
        self._ended = threading.Event()
        self._sampler = threading.Thread(target=self._sample_memory, daemon=True)

    def __enter__(self) -> Self:
        """Start the clock and the thread that samples memory."""
        self._began = time.monotonic()
        self._sampler.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop the clock and the thread."""
        self._ended.set()
        self._sampler.join()
        self.seconds = time.monotonic() - self._began

    def _sample_memory(self) -> None:
        """Keep the most memory that the process uses, until the block ends."""
        process = psutil.Process()
        while True:
            self.peak_bytes = max(self.peak_bytes, process.memory_info().rss)
            if self._ended.wait(_INTERVAL_S):
                return
