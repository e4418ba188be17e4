"""Products of whole numbers: each row of a matrix becomes int8 and one scale.

What is multiplied by them is rounded row by row, too, when it comes (as in LLM.int8: Dettmers, Lewis, Belkada,
Zettlemoyer 2022). A scale for all rows would let a viewer's scores hang on who else is asked for, and products of
whole numbers are exact.

They are multiplied as float32, in which sums below 2²⁴ are exact, too: torch's product of int8 took 11 to 26 times
as long on a processor that has no instructions for it (AVX2 only).
"""

import torch
from torch import Tensor, nn

_GREATEST = 127
_WIDEST = 2**24 // _GREATEST**2
_FEW = 4  # rows; of sixteen, float32 is as fast
_BLOCK = 32  # numbers that torch's kernel takes at once: it reads beyond the end of narrower rows


def whole_rows(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """(n, width) → int8 (n, width) in −127–127, and what one of them is worth in each row, float32 (n, 1)."""
    whole, scale = _rounded(matrix)
    return whole.to(torch.int8), scale


def product(rows: Tensor, weight: Tensor, scale: Tensor) -> Tensor:
    """Rows float32 (n, width) times weight int8 (m, width) with scale (m,) → float32 (n, m).

    Raises:
        ValueError: rows are wider than what stays exact (1,040).
    """
    if rows.shape[1] > _WIDEST:
        raise ValueError(f"rows of {rows.shape[1]} numbers are wider than {_WIDEST}: their product would not be exact")
    whole, worth = _rounded(rows)
    return (whole @ weight.float().T).mul_(worth).mul_(scale)


def _rounded(matrix: Tensor) -> tuple[Tensor, Tensor]:
    scale = matrix.abs().amax(dim=1, keepdim=True).div_(_GREATEST)
    scale.clamp_(min=torch.finfo(torch.float32).tiny)  # a row of zeros stays one
    return (matrix / scale).round_(), scale


class Int8Linear(nn.Module):
    """Stands in for a `Linear` that is trained: (…, narrow) → (…, wide)."""

    weight: Tensor
    scale: Tensor
    bias: Tensor | None

    def __init__(self, narrow: int, wide: int, bias: bool = True) -> None:
        super().__init__()
        self.register_buffer("weight", torch.zeros(wide, narrow, dtype=torch.int8))
        self.register_buffer("scale", torch.ones(wide))
        self.register_buffer("bias", torch.zeros(wide) if bias else None)

    def forward(self, hidden: Tensor) -> Tensor:
        """The product plus the bias, which stays float32."""
        rows = self._times(hidden.reshape(-1, hidden.shape[-1]))
        rows = rows if self.bias is None else rows.add_(self.bias)
        return rows.view(*hidden.shape[:-1], -1)

    def _times(self, rows: Tensor) -> Tensor:
        return product(rows, self.weight, self.scale)


class Int8LinearOfFew(Int8Linear):
    """For who has few rows at a time, as a writer has: their product in bfloat16, which torch reads int8 for.

    Many rows take longer by it; results differ in their third digit from
    those of the same row among many.
    """

    one: Tensor

    def __init__(self, narrow: int, wide: int, bias: bool = True) -> None:
        super().__init__(narrow, wide, bias)
        self.register_buffer("one", torch.ones(wide, dtype=torch.bfloat16), persistent=False)

    def _times(self, rows: Tensor) -> Tensor:
        if len(rows) > _FEW or rows.shape[1] % _BLOCK:
            return super()._times(rows)
        return torch._weight_int8pack_mm(rows.bfloat16(), self.weight, self.one).float().mul_(self.scale)


class Int8Embedding(nn.Module):
    """Stands in for an `Embedding` that is trained: numbers of rows (…) → (…, width)."""

    weight: Tensor
    scale: Tensor

    def __init__(self, rows: int, width: int) -> None:
        super().__init__()
        self.num_embeddings = rows
        self.register_buffer("weight", torch.zeros(rows, width, dtype=torch.int8))
        self.register_buffer("scale", torch.ones(rows))

    def forward(self, numbers: Tensor) -> Tensor:
        """The rows, in float32."""
        return self.weight[numbers] * self.scale[numbers].unsqueeze(-1)


def stand_in(network: nn.Module, linear: type[Int8Linear] = Int8Linear) -> None:
    """Put empty layers of int8 in the place of every `Linear` and `Embedding` below `network`."""
    for name, child in list(network.named_children()):
        if isinstance(child, nn.Linear):
            setattr(network, name, linear(child.in_features, child.out_features, child.bias is not None))
        elif isinstance(child, nn.Embedding):
            setattr(network, name, Int8Embedding(child.num_embeddings, child.embedding_dim))
        else:
            stand_in(child, linear)


def whole_state(network: nn.Module) -> dict[str, Tensor]:
    """The state of `network` as it is after `stand_in`, its `Linear` and `Embedding` layers rounded."""
    state = dict(network.state_dict())
    for name, layer in network.named_modules():
        if isinstance(layer, (nn.Linear, nn.Embedding)):
            weight, scale = whole_rows(state[f"{name}.weight"])
            state |= {f"{name}.weight": weight, f"{name}.scale": scale.squeeze(1)}
    return state
