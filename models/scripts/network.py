"""The network of the writers that are trained here: GPT-NeoX of `transformers`, in a size of our own."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM, PreTrainedModel

from models.scripts.counts import CountEmbedding, hashes
from models.training.determinism import seeded

_DEVIATION = 0.02


@dataclass(frozen=True)
class Shape:
    """The size of a network."""

    tokens: int
    width: int
    blocks: int
    heads: int
    context: int  # tokens that it reads at once
    dropout: float
    spans: tuple[int, ...]  # rows of the tables of vectors for spans of 2, 3, … tokens
    counted: tuple[int, ...]  # rows of the tables of counts for spans of 1, 2, … tokens; they stand in for `spans`


class SpanEmbedding(nn.Module):
    """A token's vector: its own, and those of the spans of 2, 3, … tokens that end with it.

    Each span's row is found by hashing (Svenstrup, Hansen, Winther 2017), as in byte-level models of n-grams (Pagnoni
    and others 2024). Spans of letters are so looked up, and the first layers of a small network need not learn them.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.own = nn.Embedding(shape.tokens, shape.width)
        self.tables = nn.ModuleList(nn.Embedding(rows, shape.width) for rows in shape.spans)
        for table in (self.own, *self._tables):
            nn.init.normal_(table.weight, std=_DEVIATION)

    @property
    def _tables(self) -> Sequence[nn.Embedding]:
        return cast(Sequence[nn.Embedding], self.tables)

    @property
    def reach(self) -> int:
        """How many tokens a vector depends on."""
        return 1 + len(self.tables)

    def forward(self, tokens: Tensor) -> Tensor:
        """The vectors of tokens (n, length): (n, length, width)."""
        vectors = self.own(tokens)
        longer = islice(hashes(tokens, self.reach), 1, None)
        for table, hashed in zip(self._tables, longer, strict=True):
            vectors = vectors + table(hashed % table.num_embeddings)
        return cast(Tensor, vectors)


def built(shape: Shape, seed: int) -> GPTNeoXForCausalLM:
    """A new untrained network, initialised by the seed alone."""
    config = GPTNeoXConfig(
        vocab_size=shape.tokens,
        hidden_size=shape.width,
        num_hidden_layers=shape.blocks,
        num_attention_heads=shape.heads,
        intermediate_size=4 * shape.width,
        hidden_act="relu2",  # squared (So and others 2021)
        hidden_dropout=shape.dropout,
        max_position_embeddings=shape.context,
        initializer_range=_DEVIATION,
        rope_parameters={"rope_type": "default", "rope_theta": 10_000.0, "partial_rotary_factor": 0.5},
        bos_token_id=None,
        eos_token_id=0,
        use_cache=False,
    )
    with seeded(seed):
        network = GPTNeoXForCausalLM(config)
        counts = CountEmbedding(shape.tokens, shape.width, shape.counted) if shape.counted else None
        network.set_input_embeddings(counts or SpanEmbedding(shape))
    return network


def count(network: PreTrainedModel, text: npt.NDArray[np.int64]) -> None:
    """Fill the network's tables of counts from a text (length,); does nothing where it has none."""
    embed = network.get_input_embeddings()
    if isinstance(embed, CountEmbedding):
        embed.count(torch.from_numpy(text))
