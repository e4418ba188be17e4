"""Errors of `streaming`.

    StreamingError
    ├── CodecError            bytes or a row that are no valid event
    │   └── UnknownType       a `ce_type` that no event model carries
    ├── BrokerError           the embedded broker cannot start, stop or be reached
    ├── DeliveryError         Kafka did not acknowledge a record
    ├── ServingError          the serving app cannot, or must not, listen on the given address
    ├── DatasetError          a data folder is not recognised or lacks a file
    └── AudienceError         the simulated audience was asked for what cannot be
        ├── WeekStoreError    a stored week is missing, torn, or of another world
        └── EndOfTime         a week would reach past the limit that the caller set

Every message says what was seen, what was wanted, and the command that cures it where there is one.
"""


class StreamingError(Exception):
    """Root of all errors raised by `streaming`."""


class CodecError(StreamingError):
    """Bytes or a row that are no valid event."""


class UnknownType(CodecError):
    """A CloudEvents type that no event model carries."""


class BrokerError(StreamingError):
    """The embedded broker cannot start, stop or be reached."""


class DeliveryError(StreamingError):
    """Kafka did not acknowledge a record."""


class DatasetError(StreamingError):
    """A data folder is not recognised or lacks a file that it needs."""


class ServingError(StreamingError):
    """The serving app cannot, or must not, listen on the given address."""


class AudienceError(StreamingError):
    """An invalid argument for the simulated audience: no viewers, a negative seed, a week before the first."""


class WeekStoreError(AudienceError):
    """A stored week is missing, torn, or of another world."""


class EndOfTime(AudienceError):
    """A week would reach past the limit that the caller set."""
