"""What a history takes in: the lake's rules (`jobs/silver/admission.py`) that a single event can be judged by.

An event of a film that nobody has described waits in the lake's quarantine; here it is taken in at once, and
changes nothing, because no model ranks by a film that it does not know.
"""

from streaming.events import ViewingEvent

_EARLIEST_MS = -2_366_755_200_000  # 1895-01-01: no film is older
_DAY_MS = 24 * 60 * 60 * 1000


def admissible(event: ViewingEvent, appended_at: int) -> bool:
    """Whether the lake would accept the event; `appended_at` is when the broker took it (UTC milliseconds)."""
    return (
        _EARLIEST_MS <= event.occurred_at <= appended_at + _DAY_MS
        and _within(getattr(event, "rating", None), 0.5, 5.0)
        and _within(getattr(event, "fraction", None), 0.0, 1.0)
        and _within(event.propensity, 0.0, 1.0)
    )


def _within(value: float | None, low: float, high: float) -> bool:
    return value is None or low <= value <= high
