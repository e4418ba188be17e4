"""Baseline of writers: a unigram model of letters."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Letters:
    """How often each character stands in a text."""

    counts: Counter[str]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """Count the characters of texts, as a new model."""
        return cls(Counter(letter for text in texts for letter in text))

    def loss(self, text: str) -> float:
        """The mean loss over a text, nats a character; one that was never seen counts as one seen once."""
        total = sum(self.counts.values())
        return -sum(math.log(max(self.counts[letter], 1) / total) for letter in text) / max(1, len(text))
