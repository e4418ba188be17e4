"""Adam with decoupled weight decay (Loshchilov, Hutter 2019), in a few lines.

Torch has it, too, but its optimizers load torch's compiler on the first step: seconds that a cycle of the loop, which
trains for less, would pay each time.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

_FIRST, _SECOND = 0.9, 0.999  # what the running means keep of themselves
_TINY = 1e-8


class AdamW:
    """Moves parameters against their gradients, each in units of its own running size.

    `moments` are the running means of the gradients and of their squares, by parameter; `steps` counts steps.
    """

    def __init__(self, parameters: Mapping[str, Tensor], decay: float) -> None:
        self.parameters = dict(parameters)
        self.decay = decay
        self.steps = 0
        self.moments = {
            name: (torch.zeros_like(each), torch.zeros_like(each)) for name, each in self.parameters.items()
        }

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """One step of `rate`; gradients are used up."""
        self.steps += 1
        for name, parameter in self.parameters.items():
            gradient, (mean, square) = parameter.grad, self.moments[name]
            if gradient is None:
                continue
            mean.lerp_(gradient, 1 - _FIRST)
            square.mul_(_SECOND).addcmul_(gradient, gradient, value=1 - _SECOND)
            size = (square / (1 - _SECOND**self.steps)).sqrt_().add_(_TINY)
            parameter.mul_(1 - rate * self.decay).addcdiv_(mean, size, value=-rate / (1 - _FIRST**self.steps))
            parameter.grad = None
