"""Torch's optimisers as trainings use them: a rate for each step, and a state that is kept as arrays.

To make the first of them in a process costs 1.1 CPU seconds, in which torch loads its compiler.
"""

import math
from collections.abc import Mapping

import numpy as np
import torch
from torch import nn
from torch.optim import Optimizer

_NETWORK = "network/"


def rate_at(peak: float, share: float, warm_up: float) -> float:
    """The learning rate: a short linear warm-up, then half a cosine down to 0 (Loshchilov, Hutter 2017).

    No scheduler of torch's: these count steps, and how many an epoch has is only known when it begins.

    Args:
        peak: the rate at the end of the warm-up.
        share: the part of the training that is done, 0 to 1.
        warm_up: the part of the training that the warm-up takes.
    """
    return peak * min(1.0, (share + 1e-3) / warm_up) * (1 + math.cos(math.pi * share)) / 2


def step(optimisers: Mapping[str, Optimizer], rate: float) -> None:
    """Take one step of each optimiser at a learning rate, which changes its network, and drop the gradients."""
    for optimiser in optimisers.values():
        for group in optimiser.param_groups:
            group["lr"] = rate
        optimiser.step()
        optimiser.zero_grad()


def network_arrays(network: nn.Module) -> dict[str, np.ndarray]:
    """Copies of all that a network has learned, by name, as arrays."""
    return {name: value.detach().cpu().numpy().copy() for name, value in network.state_dict().items()}


def training_state(network: nn.Module, optimisers: Mapping[str, Optimizer]) -> dict[str, np.ndarray]:
    """All that a training needs to go on: what the network has learned, and all moments and step counts.

    Moments go by the optimiser's name, the parameter's number and their own name.
    """
    moments = {
        f"{name}/{number}/{moment}": value.cpu().numpy()
        for name, optimiser in optimisers.items()
        for number, moments in optimiser.state_dict()["state"].items()
        for moment, value in moments.items()
    }
    return {f"{_NETWORK}{name}": array for name, array in network_arrays(network).items()} | moments


def restore(network: nn.Module, optimisers: Mapping[str, Optimizer], state: Mapping[str, np.ndarray]) -> None:
    """Put a network and its optimisers, in place, back to where `training_state` found them; ignores other entries."""
    network.load_state_dict({name: torch.from_numpy(state[_NETWORK + name]) for name in network.state_dict()})
    for name, optimiser in optimisers.items():
        moments: dict[int, dict[str, torch.Tensor]] = {}
        for key in state:
            own, _, rest = key.partition("/")
            number, _, moment = rest.partition("/")
            if own == name:
                value = state[key].item() if moment == "step" else state[key]
                moments.setdefault(int(number), {})[moment] = torch.tensor(value)
        optimiser.load_state_dict({**optimiser.state_dict(), "state": moments})
