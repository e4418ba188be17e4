"""Writes letter by letter."""

from dataclasses import dataclass
from typing import ClassVar

from models.scripts.trained import TrainedWriter


@dataclass(eq=False)
class Characters(TrainedWriter):
    """The writer of the published table: its tokens are the characters of the training text."""

    name: ClassVar[str] = "characters"
    width: int = 192
    counted: tuple[int, ...] = (128, 8192, 32768, 65536, 131072)
    dropout: float = 0.05
    batch: int = 8
    steps: int = 1450
    rate: float = 4e-3
