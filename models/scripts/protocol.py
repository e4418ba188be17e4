"""The one interface of all writers."""

from collections.abc import Sequence
from typing import ClassVar, Protocol

from models.scripts.asked import Ask, WritingSettings


class Writer(Protocol):
    """Writes new screenplays, in Fountain that any parser takes for what it is meant to be.

    Writing changes nothing in the writer: concurrent calls share neither seeds nor state.
    """

    name: ClassVar[str]
    genres: tuple[str, ...]  # that it has learned, and knows in a header; none where it takes any

    def write(self, asks: Sequence[Ask], settings: WritingSettings) -> list[str]:
        """A screenplay for each ask, all at once; of a continuation, what comes after the fragment.

        Raises:
            UnknownHeader: the writer has learned nothing of a genre or a tone.
            UnknownText: a premise or fragment is in letters or words that the writer has not learned.
            TooLong: header and premise are longer than what the writer reads at once.
        """
        ...

    def loss(self, text: str) -> float:
        """The mean loss over a text, nats a character, in windows as in training; raises UnknownText at new letters."""
        ...
