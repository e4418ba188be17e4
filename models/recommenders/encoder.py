"""The network of the sequence recommender: a causal transformer over films, and the full softmax that trains it."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.recommenders.windows import Batch

_DISTANCES, _COUNTS = 24, 40  # buckets on a logarithmic scale, exact below 8
_HEAD = 32  # dimensions of an attention head
_INITIAL = 0.02  # standard deviation of film vectors
_BESIDE = ThreadPoolExecutor(2, "softmax")
_PLACES_AT_ONCE = 512  # of the softmax: what they need stays in the processor's cache


class Encoder(nn.Module):
    """A viewer's tower and a film's tower in one space of `width` dimensions.

    A film's vector is an embedding of its identity plus a linear map of its content, and serves both as input and
    as output (tied), so a film that nobody has watched has a vector, too. A viewer's vector is the state of a
    causal transformer (SASRec: Kang, McAuley 2018) after the last film; places are told apart by a learned bias
    on the distance between two of them (as in HSTU: Zhai et al. 2024), and by how many films the viewer had watched
    by then, since newcomers watch otherwise than those who have been here for long.
    """

    def __init__(self, films: int, content: int, width: int, blocks: int, dropout: float) -> None:
        """Draws the first weights from torch's generator."""
        super().__init__()
        self.identity = nn.Parameter(torch.randn(films, width) * _INITIAL)
        self.content = nn.Parameter(torch.randn(content, width) * _INITIAL)
        self.count = nn.Parameter(torch.zeros(_COUNTS, width))
        self.blocks = nn.ModuleList(Block(width, max(1, width // _HEAD), dropout) for _ in range(blocks))
        self.norm = nn.LayerNorm(width)
        self.dropout = dropout

    def vectors(self, content: Tensor, known: Tensor) -> Tensor:
        """The vectors of films, (films, width); `content` (films, features), `known` (films, 1) scales the identity."""
        return known * self.identity + content @ self.content

    def forward(self, vectors: Tensor, films: Tensor, before: Tensor) -> Tensor:
        """The viewer's vector after each film: vectors (films, width), films (n, length) → (n, length, width).

        `before` (n, length) counts the films that the viewer had watched by then.
        """
        watched = F.embedding(films, vectors)
        hidden = watched * watched.shape[2] ** 0.5 + self.count[_bucket(before).clamp(max=_COUNTS - 1)]
        hidden = F.dropout(hidden, self.dropout, self.training)
        distance = _distances(watched.shape[1], watched.device)
        for block in self.blocks:
            hidden = block(hidden, distance)
        normed: Tensor = self.norm(hidden)
        return normed


class Block(nn.Module):
    """Causal self-attention with a bias on distance, then two dense layers; each normalised first and added."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        """Draws the first weights from torch's generator."""
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.bias = nn.Parameter(torch.zeros(heads, _DISTANCES))
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.triple, self.mix = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.widen, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, hidden: Tensor, distance: Tensor) -> Tensor:
        """The states (n, length, width) after one block; `distance` (length, length) holds buckets, −1 for later."""
        hidden = hidden + self._drop(self.mix(self._attended(self.before(hidden), distance)))
        return hidden + self._drop(self.narrow(F.relu(self.widen(self.between(hidden)))))

    def _attended(self, hidden: Tensor, distance: Tensor) -> Tensor:
        """What each place attends to, itself and earlier ones: (n, length, width)."""
        n, length, width = hidden.shape
        query, key, value = self.triple(hidden).view(n, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        bias = self.bias[:, distance.clamp(min=0)].masked_fill(distance < 0, -torch.inf)  # (heads, length, length)
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=bias[None])
        return mixed.transpose(1, 2).reshape(n, length, width)

    def _drop(self, hidden: Tensor) -> Tensor:
        """The states with dropout while training, else as they are."""
        return F.dropout(hidden, self.dropout, self.training)


class FullSoftmax(torch.autograd.Function):
    """Mean cross-entropy in nats of the next film over the whole catalogue, films already seen left out.

    The gradient is made on the way forward, while the probabilities are there: nothing of the size
    (places, films) is kept for the way back.
    """

    @staticmethod
    def forward(ctx: Any, states: Tensor, vectors: Tensor, nexts: Tensor, seen: Sequence[Tensor]) -> Tensor:
        """The mean loss of the next films; keeps its gradients. `seen`: pairs of place and film to leave out."""
        loss, to_states, to_vectors = states.new_zeros(()), [], torch.zeros_like(vectors)
        chunks = torch.arange(len(nexts), device=states.device).split(_PLACES_AT_ONCE)
        # Chunks are worked on beside each other and added up in their order: any number of threads gives the same sums.
        for rows, (part, gradient, to_part) in zip(
            chunks, _BESIDE.map(partial(_chunk, states, vectors, nexts, seen), chunks), strict=True
        ):
            loss += part
            to_states.append(to_part)
            to_vectors.addmm_(gradient.T, states[rows])
        ctx.save_for_backward(torch.cat(to_states) / len(nexts), to_vectors / len(nexts))
        return loss / len(nexts)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None, None]:
        """The gradients that were made on the way forward."""
        states, vectors = ctx.saved_tensors
        return states * gradients[0], vectors * gradients[0], None, None


@torch.no_grad()
def _chunk(
    states: Tensor, vectors: Tensor, nexts: Tensor, seen: Sequence[Tensor], rows: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Of some places: the sum of their losses, and its gradients to their logits and to their states."""
    logits = states[rows] @ vectors.T
    first, last = torch.searchsorted(seen[0], torch.stack([rows[0], rows[-1] + 1])).tolist()
    logits[seen[0][first:last] - rows[0], seen[1][first:last]] = -torch.inf
    chosen = logits[rows - rows[0], nexts[rows]]
    peak = logits.amax(dim=1, keepdim=True)
    odds = logits.sub_(peak).exp_()
    total = odds.sum(dim=1, keepdim=True)
    loss = (total.log() + peak).sum() - chosen.sum()
    gradient = odds.div_(total)
    gradient[rows - rows[0], nexts[rows]] -= 1
    return loss, gradient, gradient @ vectors


def next_film_loss(encoder: Encoder, vectors: Tensor, batch: Batch) -> Tensor:
    """Run the encoder on a batch: the loss of predicting each next film, a scalar in nats."""
    places = (batch.real, batch.films, batch.before, batch.nexts, *_seen(batch.films, batch.real))
    real, films, before, nexts, *seen = (torch.from_numpy(each).to(vectors.device) for each in places)
    loss: Tensor = FullSoftmax.apply(encoder(vectors, films, before)[real], vectors, nexts[real], seen)
    return loss


def _seen(films: np.ndarray, real: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs to leave out of the softmax: a real place, counted through the batch, and a film watched up to it."""
    later, earlier = np.tril_indices(films.shape[1])
    counted = np.cumsum(real).reshape(real.shape) - 1
    window, pair = np.nonzero(real[:, later])
    place, film = counted[window, later[pair]], films[window, earlier[pair]]
    return place, film


def _distances(length: int, device: torch.device) -> Tensor:
    """Buckets of how many places back, 0 for the place itself; −1 for what comes later."""
    place = torch.arange(length, device=device)
    back = place[:, None] - place[None, :]
    return torch.where(back < 0, -1, _bucket(back.clamp(min=0)).clamp(max=_DISTANCES - 1))


def _bucket(number: Tensor) -> Tensor:
    """The bucket of a distance ≥ 0: itself below 8, from there four buckets for each doubling."""
    return torch.where(number < 8, number, 8 + (4 * torch.log2(number.clamp(min=8) / 8)).long())
