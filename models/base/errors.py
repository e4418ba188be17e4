"""Errors of the models.

ModelError
├── EmptyTraining    nothing, or too little, to learn from
├── Untrainable      the model only writes and cannot be trained
├── UnknownModel     no member of the family has this name
├── NoDevice         torch reaches no device of this name
├── BadArtifact      a saved model is torn, foreign, or of another kind
├── BrokenScript     a script is no Fountain that can be read
├── NotToBePlanned   a film that is not known, has no date, or has opened
├── UnknownHeader    a genre or a tone that a writer has not learned
├── UnknownText      letters or words that a writer has not learned
├── TooLong          what a writer is asked for is longer than it reads at once
└── UnpairedUnits    two models to be compared were not scored on the same units
"""


class ModelError(Exception):
    """Root of all errors raised by `models`."""


class EmptyTraining(ModelError):
    """Nothing, or too little, to learn from."""


class Untrainable(ModelError):
    """The model only writes and cannot be trained."""


class UnknownModel(ModelError):
    """No member of the family has this name."""


class NoDevice(ModelError):
    """Torch reaches no device of this name."""


class BadArtifact(ModelError):
    """A saved model is torn, foreign, or of another kind."""


class NotToBePlanned(ModelError):
    """A film that is not known, has no date, or has opened."""


class BrokenScript(ModelError):
    """A script is no Fountain that can be read."""


class UnknownHeader(ModelError):
    """A genre or a tone that a writer has not learned."""


class UnknownText(ModelError):
    """Letters or words that a writer has not learned."""


class TooLong(ModelError):
    """What a writer is asked for is longer than it reads at once."""


class UnpairedUnits(ModelError):
    """Two models to be compared were not scored on the same units."""
