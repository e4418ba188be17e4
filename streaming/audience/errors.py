"""Errors of the audience.

StreamingError
└── AudienceError
    ├── WeekStoreError    a stored week is missing, torn, or of another world
    └── EndOfTime      a week would reach past the limit that the caller set
"""

from streaming.errors import StreamingError


class AudienceError(StreamingError):
    """An invalid argument for the simulated audience: no viewers, a negative seed, a week before the first."""


class WeekStoreError(AudienceError):
    """A stored week is missing, torn, or of another world."""


class EndOfTime(AudienceError):
    """A week would reach past the limit that the caller set."""
