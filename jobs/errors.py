"""Errors of the Spark jobs.

JobError
├── MissingJars        Spark's Kafka and Delta jars have not been fetched
├── MissingTable       a table that a job reads does not exist yet
├── CheckpointError    a stream cannot resume from its checkpoint
│   ├── TornCheckpoint     part of it is missing or unreadable
│   └── ForeignCheckpoint  it belongs to another table or another broker
├── DiskFull           the lake's disk has no space left
├── BadSetting         a variable of the environment has a value that it cannot have
└── CountsDoNotAdd     bronze is not silver + duplicates + quarantined
"""


class JobError(Exception):
    """Root of all errors raised by `jobs`."""


class MissingJars(JobError):
    """Spark's Kafka and Delta jars have not been fetched."""


class MissingTable(JobError):
    """A table that a job reads does not exist yet."""


class CheckpointError(JobError):
    """A stream cannot resume from its checkpoint."""


class TornCheckpoint(CheckpointError):
    """Part of the checkpoint is missing or unreadable."""


class ForeignCheckpoint(CheckpointError):
    """The checkpoint belongs to another table or another broker."""


class DiskFull(JobError):
    """The lake's disk has no space left."""


class BadSetting(JobError):
    """A variable of the environment has a value that it cannot have."""


class CountsDoNotAdd(JobError):
    """Bronze is not silver + duplicates + quarantined."""
