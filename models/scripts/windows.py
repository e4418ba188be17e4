"""A training text as one stream of tokens, and windows of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from models.scripts.asked import Piece
from models.scripts.vocabulary import END, PREMISE, SCRIPT, Vocabulary

Tokens = npt.NDArray[np.int64]
UNSEEN = -100  # a token whose prediction is not asked for


@dataclass(frozen=True)
class Stream:
    """All pieces, one after the other, and the header of each."""

    tokens: Tokens  # (length,)
    piece: npt.NDArray[np.int32]  # (length,): of which piece each token is
    headers: list[list[int]]  # of each piece

    @classmethod
    def of(cls, pieces: Sequence[Piece], vocabulary: Vocabulary) -> Self:
        """Encode pieces as tokens. One with neither header nor premise is its text alone."""
        written = [_written(piece, vocabulary) for piece in pieces]
        tokens = np.array([token for piece in written for token in piece], dtype=np.int64)
        piece = np.repeat(np.arange(len(written), dtype=np.int32), [len(each) for each in written])
        return cls(tokens, piece, [vocabulary.header(each.header) for each in pieces])

    def windows(self, count: int, length: int, chance: np.random.Generator) -> tuple[Tokens, Tokens]:
        """Draw windows that begin anywhere, each with its piece's header, and what follows each token.

        Returns:
            Two arrays (count, length). What follows the tokens of a header, but for its last one, is `UNSEEN`.
        """
        room = max(1, len(self.tokens) - length)
        rows = [self._window(int(start), length) for start in chance.integers(room, size=count)]
        here, following = (np.stack(part) for part in zip(*rows, strict=True))
        return here, following

    def _window(self, start: int, length: int) -> tuple[Tokens, Tokens]:
        """The window that begins at a token: header and text, and what follows each."""
        header = self.headers[self.piece[start]]
        body = self.tokens[start : start + length + 1 - len(header)]
        row = np.zeros(length + 1, dtype=np.int64)
        row[: len(header)], row[len(header) : len(header) + len(body)] = header, body
        following = row[1:].copy()
        following[: max(0, len(header) - 1)] = UNSEEN
        following[len(header) + len(body) - 1 :] = UNSEEN
        return row[:-1], following


def _written(piece: Piece, vocabulary: Vocabulary) -> list[int]:
    """A piece as tokens: premise, header, script, and the end sign."""
    header, script = vocabulary.header(piece.header), vocabulary.encode(piece.script)
    if not header and not piece.premise:
        return script
    told = vocabulary.encode(piece.premise)
    return [vocabulary.sign(PREMISE), *told, *header, vocabulary.sign(SCRIPT), *script, vocabulary.sign(END)]
