"""Draws screenplays from a causal language model, token by token, within the grammar."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from transformers import PreTrainedModel

from models.screenplay.grammar import At
from models.screenplay.tokens import TokenGrammar
from models.scripts.reader import Prompt, Reader
from models.training.determinism import one_thread

_PENALTY = 8.0  # log odds against a token that would repeat a passage
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Drawing:
    """How tokens are drawn: `Settings`, in tokens."""

    length: int
    temperature: float
    top_p: float
    repeat: int
    end: int  # the token that ends a screenplay


@torch.no_grad()
def drawn(
    network: PreTrainedModel,
    context: int,
    grammar: TokenGrammar,
    rows: Sequence[Prompt],
    entries: Sequence[At],
    seeds: Sequence[int],
    how: Drawing,
    cached: bool = True,
    lean: Floats | float = 0.0,
) -> list[list[int]]:
    """Sample the tokens that follow each row; `entries` are where in the grammar they begin.

    Each row's random draws depend on its seed alone; `lean` (rows, tokens) is added to its log odds.
    Until half of the length a row does not end; with the length it has.
    """
    chance = np.stack([np.random.default_rng(seed).random(how.length) for seed in seeds])  # (rows, length)
    states = np.array([grammar.automaton.number[entry] for entry in entries])
    said = [_Passages(how.repeat) for _ in rows]
    open_, reader = np.ones(len(rows), dtype=np.bool_), Reader(network, context, rows, cached)
    with one_thread():
        for place in range(how.length):
            scores = _scores(reader.read() + lean, grammar.allowed(states, how.length - place), said)
            scores[:, how.end] = np.where(
                grammar.may_end(states) & (place >= how.length / 2), reader.last[:, how.end], -np.inf
            )
            tokens = np.where(open_, picked(scores, how, chance[:, place]), how.end)
            open_ &= (tokens != how.end) & np.isfinite(scores.max(axis=1))
            if not open_.any():
                break
            states = np.where(open_, grammar.following[states, tokens], states)
            reader.add(tokens)
            for row in np.flatnonzero(open_):
                said[row].add(int(tokens[row]))
    return [each.tokens for each in said]


def picked(scores: Floats, how: Drawing, chance: Floats) -> npt.NDArray[np.int64]:
    """Sample one token a row: scores (rows, tokens) in log odds, −∞ for what may not be; chance (rows,) in 0–1."""
    if how.temperature == 0:
        return np.asarray(scores.argmax(axis=1), dtype=np.int64)
    order = np.argsort(-scores, axis=1, kind="stable")
    best = np.take_along_axis(scores, order, axis=1) / how.temperature
    share = np.exp(best - np.where(np.isfinite(best[:, :1]), best[:, :1], 0.0))
    share /= np.maximum(share.sum(axis=1, keepdims=True), 1e-300)
    share[share.cumsum(axis=1) - share >= how.top_p] = 0.0
    summed = share.cumsum(axis=1)
    place = (summed <= chance[:, None] * summed[:, -1:]).sum(axis=1)
    return np.take_along_axis(order, np.minimum(place, order.shape[1] - 1)[:, None], axis=1)[:, 0]


class _Passages:
    """A row's tokens so far, and which next token would repeat a passage of `span` tokens."""

    def __init__(self, span: int) -> None:
        self.span, self.tokens = span, list[int]()
        self._followed: dict[tuple[int, ...], set[int]] = {}

    def add(self, token: int) -> None:
        """Append one more token to this row."""
        self._followed.setdefault(self._before(), set()).add(token)
        self.tokens.append(token)

    def repeating(self) -> list[int]:
        """The tokens that would repeat an earlier passage if one of them came next."""
        if not self.span or len(self.tokens) < self.span:
            return []
        return list(self._followed.get(self._before(), ()))

    def _before(self) -> tuple[int, ...]:
        """The newest tokens, one fewer than a passage has."""
        return tuple(self.tokens[1 - self.span :]) if self.span > 1 else ()


def _scores(logits: Floats, allowed: npt.NDArray[np.bool_], said: Sequence[_Passages]) -> Floats:
    """The logits, −∞ where the grammar forbids a token, and lowered where it would repeat a passage."""
    scores = np.where(allowed, logits, -np.inf)
    for row, each in enumerate(said):
        scores[row, each.repeating()] -= _PENALTY
    return scores
