"""Writers of screenplays: language models that are trained here. `protocol.py` is the interface, one model a file."""

from models.base.discovery import Family
from models.scripts.protocol import Writer

_FAMILY = Family[Writer](__name__, "fit")
members = _FAMILY.members
load_writer = _FAMILY.load
