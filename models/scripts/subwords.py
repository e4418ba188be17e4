"""Writes in pieces of words."""

from dataclasses import dataclass
from typing import ClassVar

from models.scripts.trained import TrainedWriter


@dataclass(eq=False)
class Subwords(TrainedWriter):
    """The writer that is used: its tokens are learned by byte-pair encoding, and a page is some 500 of them."""

    name: ClassVar[str] = "subwords"
    size: int = 2048
    width: int = 192
    heads: int = 6
    spans: tuple[int, ...] = (32768,)
