"""Muon: momentum, made orthogonal (Jordan and others 2024), for the matrices inside a network.

Steps are sized as AdamW's are, so that both take the same rate (Liu and others 2025).
"""

from collections.abc import Mapping

import torch
from torch import Tensor

_MOMENTUM = 0.95
_FIRST, _THIRD, _FIFTH = 3.4445, -4.7750, 2.0315  # Newton-Schulz: singular values go near 1 in five rounds
_ROUNDS = 5
_SIZE = 0.2  # root mean square of a step, as AdamW's mostly is


class Muon:
    """Moves matrices against their gradients' running means, all singular values of a step alike."""

    def __init__(self, parameters: Mapping[str, Tensor], decay: float) -> None:
        self.parameters = dict(parameters)
        self.decay = decay
        self.moments = {name: (torch.zeros_like(each),) for name, each in self.parameters.items()}

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """One step of `rate`; gradients are used up."""
        for name, parameter in self.parameters.items():
            gradient, (mean,) = parameter.grad, self.moments[name]
            if gradient is None:
                continue
            mean.lerp_(gradient, 1 - _MOMENTUM)
            size = _SIZE * max(parameter.shape) ** 0.5
            parameter.mul_(1 - rate * self.decay).add_(orthogonal(gradient.lerp_(mean, _MOMENTUM)), alpha=-rate * size)
            parameter.grad = None


def orthogonal(matrix: Tensor) -> Tensor:
    """Nearly U Vᵀ of a matrix U S Vᵀ."""
    near = matrix / (matrix.norm() + 1e-7)
    tall = near.shape[0] > near.shape[1]
    near = near.T if tall else near
    for _ in range(_ROUNDS):
        square = near @ near.T
        near = torch.addmm(near, torch.addmm(square, square, square, beta=_THIRD, alpha=_FIFTH), near, beta=_FIRST)
    return near.T if tall else near
