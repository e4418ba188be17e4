"""Errors of the audience.

StreamingError
└── AudienceError
    ├── LedgerError    the ledger lacks a week, is torn, or was lived by another world
    └── EndOfTime      a week would reach past the limit that the caller set
"""

from streaming.errors import StreamingError


class AudienceError(StreamingError):
    """The world was asked for what it cannot give: no viewers, a negative seed, a week before the first."""


class LedgerError(AudienceError):
    """The ledger lacks a week, is torn, or was lived by another world."""


class EndOfTime(AudienceError):
    """A week would reach past the limit that the caller set."""
