"""Feeds growing rows of tokens to a network, one new token at a time, with a key-value cache."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from transformers import DynamicCache, PreTrainedModel

_KEPT = 0.5  # of the context, when it is full and reading begins anew


class Prompt(NamedTuple):
    """What a row begins with; its header stays in sight when what came first no longer does."""

    header: list[int]
    tokens: list[int]


class Reader:
    """Reads rows as a batch, and gives the logits of each row's next token.

    Keys and values of what was read are kept, so that a token costs one place. When the context is full, reading
    begins anew with each row's header and newest tokens. Without a cache, all that is in sight is read each time.
    """

    def __init__(self, network: PreTrainedModel, context: int, rows: Sequence[Prompt], cached: bool = True) -> None:
        self.network, self.context, self.cached = network, context, cached
        self.headers = [row.header for row in rows]
        self.tokens = [list(row.tokens) for row in rows]
        self.starts = [0] * len(rows)  # of what is in sight of each row's tokens
        self.cache: DynamicCache | None = None
        self.last: npt.NDArray[np.float64] = np.zeros((0, 0))

    def read(self) -> npt.NDArray[np.float64]:
        """Run the network on what is new, and return the logits after each row's last token: (rows, tokens)."""
        full = max(map(len, self._windows())) >= self.context
        if full:
            self._forget_oldest()
        if full or self.cache is None:
            self._read_whole_windows()
        else:
            self._read_newest_tokens()
        return self.last

    def add(self, tokens: npt.NDArray[np.int64]) -> None:
        """Append the next token of each row; rows that are over get one, too, that nobody asks about."""
        for row, token in zip(self.tokens, tokens.tolist(), strict=True):
            row.append(token)

    def _windows(self) -> list[list[int]]:
        """The tokens in sight of each row: its header, and its newest tokens."""
        seen = zip(self.headers, self.tokens, self.starts, strict=True)
        return [header + tokens[start:] for header, tokens, start in seen]

    def _forget_oldest(self) -> None:
        """Drop all but the newest tokens of each row from sight."""
        rooms = [max(1, int(_KEPT * (self.context - len(header)))) for header in self.headers]
        self.starts = [max(0, len(tokens) - room) for tokens, room in zip(self.tokens, rooms, strict=True)]

    def _read_whole_windows(self) -> None:
        """Run the network on all that is in sight, with a new cache; sets `last`."""
        windows = self._windows()
        width = max(map(len, windows))
        rows = torch.tensor([[0] * (width - len(window)) + window for window in windows])
        self.mask = torch.tensor([[0] * (width - len(window)) + [1] * len(window) for window in windows])
        self.cache = DynamicCache(config=self.network.config) if self.cached else None
        self._run_network(self.network.get_input_embeddings()(rows), (self.mask.cumsum(1) - 1).clamp(min=0))

    def _read_newest_tokens(self) -> None:
        """Run the network on the newest token of each row, using the cache; sets `last`."""
        embed = self.network.get_input_embeddings()
        reach = getattr(embed, "reach", 1)
        newest = torch.tensor([([0] * reach + window)[-reach:] for window in self._windows()])
        self.mask = torch.cat([self.mask, torch.ones_like(self.mask[:, :1])], dim=1)
        self._run_network(embed(newest)[:, -1:], self.mask.sum(1, keepdim=True) - 1)

    def _run_network(self, vectors: Tensor, positions: Tensor) -> None:
        """Run the network on vectors and positions, which extends the cache; keeps the logits in `last`."""
        padded = not bool(self.mask.all())
        logits = self.network(
            inputs_embeds=vectors,
            attention_mask=self.mask if padded else None,
            position_ids=positions,
            cache=self.cache,
            use_cache=self.cached,
            logits_to_keep=1,
        ).logits
        self.last = logits[:, -1].double().numpy()
