"""How much of a text is copied from the training text: in words, whatever their case and punctuation."""

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

SPAN = 8  # words
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd: products with it lose nothing
Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Copied:
    """What of a text stands in the training text, word by word."""

    words: int  # of the text
    spans: int  # of 8 words in it
    copied: int  # of those that stand in the training text
    longest: int  # words that stand there in one piece
    passage: str  # these words

    @property
    def share(self) -> float:
        """The share of the 8-word spans that stand in the training text, 0 to 1."""
        return self.copied / self.spans if self.spans else 0.0


@dataclass(frozen=True)
class TrainingText:
    """The words that were learned from, as hashes, pieces apart from each other."""

    words: npt.NDArray[np.uint32]  # (words,)

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """Hash the words of texts; no span goes over the end of a text."""
        parts = [_hash_words(_split_words(text)) for text in texts]
        marked = [np.append(part, np.uint32(number)) for number, part in enumerate(parts)]
        return cls(np.concatenate(marked) if marked else np.zeros(0, np.uint32))

    def compare(self, text: str) -> Copied:
        """Measure which word spans of `text` stand in the training text."""
        words = _split_words(text)
        own = _hash_words(words)
        shared = self._shared(own, SPAN)
        length, at = self._longest(own)
        return Copied(len(words), len(shared), int(shared.sum()), length, " ".join(words[at : at + length]))

    def _longest(self, own: npt.NDArray[np.uint32]) -> tuple[int, int]:
        """The length of the longest shared span, and where it begins, by bisection."""
        known, unknown, place = 0, len(own) + 1, 0
        while unknown - known > 1:
            length = (known + unknown) // 2
            shared = self._shared(own, length)
            if shared.any():
                known, place = length, int(shared.argmax())
            else:
                unknown = length
        return known, place

    def _shared(self, own: npt.NDArray[np.uint32], length: int) -> npt.NDArray[np.bool_]:
        """For each span of `own`, whether it stands in the training text."""
        asked, theirs = _spans(own, length), _spans(self.words, length)
        found = np.unique(asked)
        place = np.searchsorted(found, theirs).clip(max=max(0, len(found) - 1))
        there = found[np.bincount(place[found[place] == theirs], minlength=len(found)) > 0] if len(found) else found
        return np.isin(asked, there)


def _spans(words: npt.NDArray[np.uint32], length: int) -> Hashes:
    """Hashes of all spans of so many words."""
    count = max(0, len(words) - length + 1)
    hashes = np.zeros(count, dtype=np.uint64)
    for place in range(length):
        hashes = (hashes ^ words[place : place + count]) * _FACTOR
        hashes ^= hashes >> np.uint64(29)
    return hashes


def _split_words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("’", "'"))


def _hash_words(words: list[str]) -> npt.NDArray[np.uint32]:
    return np.array([zlib.crc32(word.encode()) for word in words], dtype=np.uint32)
