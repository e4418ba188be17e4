"""What a history takes in: of the lake's rules (`jobs/silver/admission.py`) those that one event can be judged by.

An event of a film that nobody has described waits in the lake's quarantine; here it is taken in at once, and counts
in slates from when the catalogue has the film.
"""

from streaming.events import ViewingEvent
from streaming.plausible import AHEAD_MS, BOUNDS, EARLIEST_MS


def admissible(event: ViewingEvent, appended_at: int) -> bool:
    """Whether the lake would accept the event; `appended_at` is when the broker took it (UTC milliseconds)."""
    in_time = EARLIEST_MS <= event.occurred_at <= appended_at + AHEAD_MS
    return in_time and all(_within(getattr(event, name, None), *bounds) for name, bounds in BOUNDS.items())


def _within(value: float | None, low: float, high: float) -> bool:
    return value is None or low <= value <= high
