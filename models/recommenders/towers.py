"""Scores of two towers, whatever numbers they are made of: the viewer's state after the last film, times each film."""

from abc import abstractmethod
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from models.base.artifact import Artifact
from models.recommenders.catalogue import CatalogueRecommender
from models.recommenders.histories import FloatArray, Histories, IntArray
from models.recommenders.windows import Windows, last_window
from models.training.one_thread import one_thread

_VIEWERS_AT_ONCE = 128
_EXPLAINED = 20  # interactions, the newest


class Towers(Protocol):
    """The viewers' tower and the films', in one space of `width` dimensions."""

    def states(self, films: Tensor, before: Tensor) -> Tensor:
        """The viewer's vector after each film: positions of films (n, length) → (n, length, width).

        `before` (n, length) counts the films that the viewer had watched by then.
        """
        ...

    def products(self, states: Tensor) -> Tensor:
        """Viewers' vectors (n, width) times those of all films → (n, films)."""
        ...


class TowerRecommender(CatalogueRecommender):
    """Scores films by towers that are made of what was learned once, at the first question, and then kept."""

    length: int  # films that the viewers' tower looks back

    def __post_init__(self) -> None:
        super().__post_init__()
        self._kept: Towers | None = None

    @abstractmethod
    def built(self) -> Towers:
        """The towers, made of `arrays`."""

    def affinity(self, histories: Histories) -> FloatArray:
        """The logarithm of each film's probability to be the next, shape (viewers, films)."""
        towers = self._towers()
        logits = [_logits(towers, last_window(few, self.length)) for few in histories.chunks(_VIEWERS_AT_ONCE)]
        return np.concatenate(logits) if logits else np.empty(histories.shape)

    def contributions(self, history: Histories, films: IntArray) -> FloatArray:
        """By how much each film's score falls when one interaction is taken out, shape (interactions, films).

        Of those before the newest 20 it is not asked: each costs as much as a slate, and what was long ago says little.
        """
        count = min(len(history.film), self.length)
        asked = min(count, _EXPLAINED)
        read, before = history.film[len(history.film) - count :], len(history.film) - count
        if not count:
            return np.zeros((0, len(films)))
        without = np.zeros((asked + 1, count), dtype=np.int64)
        without[0] = read
        for row in range(asked):
            without[row + 1, :-1] = np.delete(read, count - asked + row)
        windows = Windows(without, np.array([count, *[count - 1] * asked]), np.full(asked + 1, before))
        scores = _logits(self._towers(), windows)[:, films]
        return np.concatenate((np.zeros((len(history.film) - asked, len(films))), scores[:1] - scores[1:]))

    def _towers(self) -> Towers:
        if self._kept is None:
            self._kept = self.built()
        return self._kept

    def _learn(self, arrays: dict[str, np.ndarray]) -> None:
        """Take up what was learned; towers of what was learned before are let go."""
        self.arrays, self._kept = arrays, None

    def _read(self, files: Artifact) -> None:
        super()._read(files)
        self._learn(self.arrays)


def _logits(towers: Towers, windows: Windows) -> FloatArray:
    """Logarithms of probabilities after windows, shape (windows, films)."""
    longest = max(int(windows.filled.max(initial=0)), 1)
    last = torch.from_numpy(np.maximum(windows.filled - 1, 0))
    films = torch.from_numpy(windows.films[:, :longest])
    before = torch.from_numpy(windows.before)[:, None] + torch.arange(longest)
    with torch.inference_mode(), one_thread():
        states = towers.states(films, before)[torch.arange(len(films)), last]
        # Before the first film nothing is known: every film is as probable as any other.
        states[torch.from_numpy(windows.filled == 0)] = 0.0
        return torch.log_softmax(towers.products(states), dim=1).numpy().astype(np.float64)
