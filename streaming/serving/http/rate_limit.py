"""A rate limit by client: token buckets."""

import math
import time
from collections.abc import Callable

_CLIENTS = 10_000

IN_FLIGHT = 128
"""Requests that are answered at once."""
RATE = 10_000.0
"""Requests a second that a client may send; twice as many at a stroke."""


class TokenBuckets:
    """A bucket a client, refilled at `rate` a second, of at most `burst`; the oldest is forgotten first."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._levels: dict[str, tuple[float, float]] = {}

    def take(self, client: str) -> int:
        """Take a token of the client's: 0 if there was one, else in how many whole seconds to ask again."""
        now = self._clock()
        level, then = self._levels.get(client, (self._burst, now))
        level = min(self._burst, level + (now - then) * self._rate)
        if level < 1:
            return math.ceil((1 - level) / self._rate)
        if client not in self._levels and len(self._levels) >= _CLIENTS:
            del self._levels[next(iter(self._levels))]
        self._levels[client] = (level - 1, now)
        return 0
