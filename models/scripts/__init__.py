"""Writers of screenplays: language models that are trained here. `protocol.py` is the interface, one model a file."""

from typing import TYPE_CHECKING

from models.base.discovery import Family

if TYPE_CHECKING:
    from models.scripts.trained import TrainedWriter

_FAMILY: "Family[TrainedWriter]" = Family(__name__, "fit")
members = _FAMILY.members
load_writer = _FAMILY.load
