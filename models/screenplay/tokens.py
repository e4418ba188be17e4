"""The grammar of screenplays over the tokens of a language model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from models.screenplay.grammar import Automaton, kind

_FAR = np.iinfo(np.int16).max  # tokens to the end of a screenplay, where there is no way to it


@dataclass(frozen=True)
class TokenGrammar:
    """Which tokens may follow, and where they lead.

    A token is a text; one that has none (a sign of the model's own) may never follow. Whoever has few tokens left is
    only led where a screenplay can still end in time, so that every text is whole, however short.
    """

    automaton: Automaton
    following: npt.NDArray[np.int16]  # (states, tokens): the state after a token
    to_end: npt.NDArray[np.int16]  # (states,): the fewest tokens to where a screenplay may end

    @classmethod
    def of(cls, automaton: Automaton, texts: Sequence[str | None]) -> Self:
        """Build the grammar over tokens with these texts (None: a token that may never follow)."""
        following = _following(automaton, texts)
        return cls(automaton, following, _distances(automaton, following))

    def allowed(self, states: npt.NDArray[np.int64], left: int) -> npt.NDArray[np.bool_]:
        """(rows, tokens): which tokens may follow in each row's state, so that it can end within `left` tokens."""
        return self.to_end[self.following[states]] < min(left, _FAR)

    def may_end(self, states: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """(rows,): whether the screenplay may end here."""
        return self.automaton.ends[states]


def _following(automaton: Automaton, texts: Sequence[str | None]) -> npt.NDArray[np.int16]:
    """The grammar's state after each token, from each state: (states, tokens)."""
    signs = [[kind(char) for char in text] if text else [None] for text in texts]
    longest = max(map(len, signs))
    states, kinds = automaton.steps.shape
    stay, lost = kinds, kinds + 1  # columns of a token that is over, and of a character that has no place
    columns = np.full((len(texts), longest), stay)
    for token, kinds_of_it in enumerate(signs):
        columns[token, : len(kinds_of_it)] = [automaton.column[sign] if sign else lost for sign in kinds_of_it]
    here = np.arange(states, dtype=np.int16)[:, None]
    steps = np.hstack([automaton.steps, here, np.full_like(here, automaton.nowhere)])
    following = np.broadcast_to(here, (states, len(texts)))
    for place in range(longest):
        following = steps[following, columns[:, place]]
    return following


def _distances(automaton: Automaton, following: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
    """The fewest tokens from each state to where a screenplay may end, (states,)."""
    distances = np.where(automaton.ends, 0, _FAR).astype(np.int16)
    while True:
        nearest = distances[following].min(axis=1)
        shorter = np.minimum(distances, np.minimum(nearest, _FAR - 1) + 1)
        if np.array_equal(shorter, distances):
            return distances
        distances = shorter
