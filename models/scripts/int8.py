"""Layers of a trained network with weights as int8: each row of a matrix is whole numbers times one scale."""

import torch
from torch import Tensor, nn

_GREATEST = 127
_FEW = 4  # rows; for sixteen, float32 is as fast
_BLOCK = 32  # numbers that torch's kernel takes at once: it reads beyond the end of narrower rows


class Int8Linear(nn.Module):
    """Kernel for small batches, in the place of a trained `Linear`: (…, narrow) → (…, wide).

    Up to four rows are multiplied in bfloat16 by torch's kernel for int8 weights, which agrees with float32 in three
    digits; more rows by the weights as float32.
    """

    weight: Tensor
    scale: Tensor
    bias: Tensor | None
    one: Tensor

    def __init__(self, narrow: int, wide: int, bias: bool) -> None:
        """Weights begin at 0, to be loaded."""
        super().__init__()
        self.register_buffer("weight", torch.zeros(wide, narrow, dtype=torch.int8))
        self.register_buffer("scale", torch.ones(wide))
        self.register_buffer("bias", torch.zeros(wide) if bias else None)
        self.register_buffer("one", torch.ones(wide, dtype=torch.bfloat16), persistent=False)

    def forward(self, hidden: Tensor) -> Tensor:
        """The layer's product plus its bias, in float32."""
        rows = hidden.reshape(-1, hidden.shape[-1])
        if len(rows) > _FEW or rows.shape[1] % _BLOCK:
            product = (rows @ self.weight.float().T).mul_(self.scale)
        else:
            product = torch._weight_int8pack_mm(rows.bfloat16(), self.weight, self.one).float().mul_(self.scale)
        product = product if self.bias is None else product.add_(self.bias)
        return product.view(*hidden.shape[:-1], -1)


class Int8Embedding(nn.Module):
    """In the place of a trained `Embedding`: numbers of rows (…) → (…, width), in float32."""

    weight: Tensor
    scale: Tensor

    def __init__(self, rows: int, width: int) -> None:
        super().__init__()
        self.num_embeddings = rows
        self.register_buffer("weight", torch.zeros(rows, width, dtype=torch.int8))
        self.register_buffer("scale", torch.ones(rows))

    def forward(self, numbers: Tensor) -> Tensor:
        """The vectors of these rows, in float32."""
        return self.weight[numbers] * self.scale[numbers].unsqueeze(-1)


def use_int8_layers(network: nn.Module) -> None:
    """Replace every `Linear` and `Embedding` below `network`, in place, by an empty layer of int8."""
    for name, child in list(network.named_children()):
        if isinstance(child, nn.Linear):
            setattr(network, name, Int8Linear(child.in_features, child.out_features, child.bias is not None))
        elif isinstance(child, nn.Embedding):
            setattr(network, name, Int8Embedding(child.num_embeddings, child.embedding_dim))
        else:
            use_int8_layers(child)


def int8_state(network: nn.Module) -> dict[str, Tensor]:
    """The state of a trained network as it is after `use_int8_layers`: weights of layers rounded, all else as it is."""
    state = dict(network.state_dict())
    for name, layer in network.named_modules():
        if isinstance(layer, (nn.Linear, nn.Embedding)):
            weight = state[f"{name}.weight"]
            scale = weight.abs().amax(dim=1, keepdim=True).div_(_GREATEST).clamp_(min=torch.finfo(weight.dtype).tiny)
            state |= {f"{name}.weight": (weight / scale).round_().to(torch.int8), f"{name}.scale": scale.squeeze(1)}
    return state
