"""Errors of the pipelines.

PipelineError
├── NothingThere     what was asked for (a slate, a forecast, an id) is not known
│   └── SeveralThere  what was asked for may be any of several
├── NothingServes    no model has been promoted yet
├── NoEarlierVersion there is nothing to roll back to
├── BadSplit         a split of a data set, or the file of its films, cannot be read
├── BadDescription   a film that is described by hand cannot be read
├── Gaming           edits please one judge only, or change more than the writer allows
├── MixedSources     a state folder of real data was given the simulator, or the reverse
├── Busy             another process is running a cycle, or a back-test, in this state folder
├── Away             a part of the state folder is not where it was, or cannot be written to
├── Unmeasured       too little came to measure a new fit on, and what stands stays
├── BadPeriod        a back-test is asked of days that are not there, or of no whole week
├── LogBehind        weeks of the box office's log lack events that silver holds
├── WouldLose        a rebuild would lose events that the topics no longer hold
├── WouldSimulate    the simulated audience would write to somebody's own Kafka cluster
├── BadSetting       a variable of the environment has a value that it cannot have
├── BadScript        a script's file cannot be read, is no Fountain, or cannot be written as what is asked for
├── NotNew           all drafts were copies of what the writer learned from
├── TooLarge         a decision has more bytes than Kafka takes
├── OffTheRails      a cycle's slates would show too few films, too few new ones, or the same to all
└── CycleFailed      a cycle's run ended in failure
    └── WorkerDied   the process died in which it ran
"""


class PipelineError(Exception):
    """Root of all errors raised by `pipelines`."""


class NothingThere(PipelineError):
    """What was asked for is not known."""


class SeveralThere(NothingThere):
    """What was asked for may be any of several."""


class NothingServes(PipelineError):
    """No model has been promoted yet."""


class NoEarlierVersion(PipelineError):
    """There is nothing to roll back to."""


class BadSplit(PipelineError):
    """A split of a data set, or the file of its films, cannot be read."""


class BadDescription(PipelineError):
    """A film that is described by hand cannot be read."""


class Gaming(PipelineError):
    """Edits please one judge only, or change more than the writer allows."""


class MixedSources(PipelineError):
    """A state folder of real data was given the simulator, or the reverse."""


class Busy(PipelineError):
    """Another process is running a cycle, or a back-test, in this state folder."""


class Away(PipelineError):
    """A part of the state folder is not where it was, or cannot be written to."""


class Unmeasured(PipelineError):
    """Too little came to measure a new fit on, and what stands stays."""


class BadPeriod(PipelineError):
    """A back-test is asked of days that are not there, or of no whole week."""


class LogBehind(PipelineError):
    """Weeks of the box office's log lack events that silver holds."""


class CycleFailed(PipelineError):
    """A cycle's run ended in failure."""


class WouldLose(PipelineError):
    """A rebuild would lose events that the topics no longer hold."""


class WorkerDied(CycleFailed):
    """The process died in which a cycle's run was."""


class WouldSimulate(PipelineError):
    """The simulated audience would write to somebody's own Kafka cluster."""


class BadSetting(PipelineError):
    """A variable of the environment has a value that it cannot have."""


class BadScript(PipelineError):
    """A script's file cannot be read, is no Fountain, or cannot be written as what is asked for."""


class NotNew(PipelineError):
    """All drafts were copies of what the writer learned from."""


class OffTheRails(PipelineError):
    """A cycle's slates would show too few films, too few new ones, or the same to all."""


class TooLarge(PipelineError):
    """A decision has more bytes than Kafka takes."""
