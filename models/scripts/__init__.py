"""Writers of screenplays: language models that are trained here. `protocol.py` is the interface, one model a file."""

from models.scripts.registry import load_writer, members

__all__ = ["load_writer", "members"]
