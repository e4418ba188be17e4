"""Writes letter by letter."""

from dataclasses import dataclass
from typing import ClassVar

from models.scripts.trained import TrainedWriter


@dataclass(eq=False)
class Characters(TrainedWriter):
    """The writer of the published table: its tokens are the characters of the training text."""

    name: ClassVar[str] = "characters"
    width: int = 256
    spans: tuple[int, ...] = (8192, 16384, 32768)
    steps: int = 540
    rate: float = 4e-3
