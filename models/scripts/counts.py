"""Embeds a token with n-gram counts: what followed the same few tokens elsewhere in the training text."""

from collections.abc import Iterator, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_MULTIPLIER = 0x9E3779B1  # Fibonacci hashing (Knuth, TAOCP 3, 6.4)
_PRIME = 2**31 - 1
_DEVIATION = 0.02
_NEXT_TO_NOTHING = 1e-6  # keeps the division where a table has seen nothing


class CountEmbedding(nn.Module):
    """A token's vector: its own, and a mixture of what the counts after 1, 2, … tokens say of the next one.

    Each table's estimate is the one before it, moved towards its own counts (Witten, Bell 1991); the network reads the
    logarithms of the steps from one to the next. Counts are not learned by gradient, and in training a window does not
    see its own (leaving out as in Ney, Essen, Kneser 1995): rare passages are not learned by heart, as they are by
    tables of vectors.
    """

    def __init__(self, tokens: int, width: int, counted: Sequence[int]) -> None:
        """Draws first weights from torch's generator; the counts begin at 0."""
        super().__init__()
        self.own = nn.Embedding(tokens, width)
        nn.init.normal_(self.own.weight, std=_DEVIATION)
        self.tables = nn.ModuleList(nn.Embedding(rows, tokens) for rows in counted)
        for table in self._tables:
            nn.init.zeros_(table.weight).requires_grad_(False)
        self.mixture = nn.Linear(len(counted) * tokens, width, bias=False)

    @property
    def _tables(self) -> Sequence[nn.Embedding]:
        return cast(Sequence[nn.Embedding], self.tables)

    @property
    def reach(self) -> int:
        """How many tokens a vector depends on."""
        return len(self.tables)

    @torch.no_grad()
    def count(self, text: Tensor) -> None:
        """Count what follows what in a text (length,); replaces this module's tables."""
        for table, rows in self._rows(text[None]):
            cells = rows[0, :-1] * table.embedding_dim + text[1:]
            counts = torch.bincount(cells, minlength=table.weight.numel()).float()
            table.weight.copy_(counts.log1p_().view_as(table.weight))  # as int8, one is told from none beside thousands

    def forward(self, tokens: Tensor) -> Tensor:
        """The vectors of tokens (n, length): (n, length, width)."""
        return cast(Tensor, self.own(tokens) + self.mixture(self._steps(tokens)))

    @torch.no_grad()
    def _steps(self, tokens: Tensor) -> Tensor:
        """Logs of the estimates' steps, (n, length, tables · tokens); 0 at the end of a window in training."""
        following = F.pad(F.one_hot(tokens[:, 1:], self.own.num_embeddings).float(), (0, 0, 0, 1))
        estimate, steps = torch.tensor(1 / self.own.num_embeddings), []
        for table, rows in self._rows(tokens):
            counts = table(rows).expm1().round_()
            if self.training:
                alike = (rows[:, :, None] == rows[:, None, :]).float()
                counts = (counts - alike @ following).clamp_(min=0)
            kinds = (counts > 0).sum(-1, keepdim=True) + _NEXT_TO_NOTHING
            nearer = (counts + kinds * estimate) / (counts.sum(-1, keepdim=True) + kinds)
            steps.append((nearer / estimate).log_())
            estimate = nearer
        together = torch.cat(steps, -1)
        if self.training:
            together[:, -1] = 0  # what follows it is outside of the window, and cannot be left out
        return together

    def _rows(self, tokens: Tensor) -> Iterator[tuple[nn.Embedding, Tensor]]:
        """Each table, with the numbers of its rows for the tokens."""
        for table, hashed in zip(self._tables, hashes(tokens, self.reach), strict=True):
            yield table, hashed % table.num_embeddings


def hashes(tokens: Tensor, longest: int) -> Iterator[Tensor]:
    """Numbers (n, length) of the spans of 1, 2, … `longest` tokens that end with each token of `tokens` (n, length)."""
    hashed = tokens + 1
    yield hashed
    for back in range(1, longest):
        earlier = F.pad(tokens, (back, 0))[:, : tokens.shape[1]]
        hashed = (hashed * _MULTIPLIER + earlier + 1) % _PRIME
        yield hashed
