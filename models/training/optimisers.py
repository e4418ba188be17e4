"""Torch's optimisers as trainings use them: a rate for each step, and a state that is kept as arrays.

To make the first of them in a process costs 1.1 CPU seconds, in which torch loads its compiler.
"""

import math
from collections.abc import Mapping

import numpy as np
import torch
from torch.optim import Optimizer


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
    """One step of each at a learning rate; gradients are dropped."""
    for optimiser in optimisers.values():
        for group in optimiser.param_groups:
            group["lr"] = rate
        optimiser.step()
        optimiser.zero_grad()


def optimiser_state(optimisers: Mapping[str, Optimizer]) -> dict[str, np.ndarray]:
    """All moments and step counts, by the optimiser's name, the parameter's number and their own name."""
    return {
        f"{name}/{number}/{moment}": value.cpu().numpy()
        for name, optimiser in optimisers.items()
        for number, moments in optimiser.state_dict()["state"].items()
        for moment, value in moments.items()
    }


def restore_optimisers(optimisers: Mapping[str, Optimizer], state: Mapping[str, np.ndarray]) -> None:
    """Put optimisers back to where `optimiser_state` found them; what else is in the state is left aside."""
    for name, optimiser in optimisers.items():
        moments: dict[int, dict[str, torch.Tensor]] = {}
        for key in state:
            own, _, rest = key.partition("/")
            number, _, moment = rest.partition("/")
            if own == name:
                value = state[key].item() if moment == "step" else state[key]
                moments.setdefault(int(number), {})[moment] = torch.tensor(value)
        optimiser.load_state_dict({**optimiser.state_dict(), "state": moments})
