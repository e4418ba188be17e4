"""The device that a network is trained on: the processor, or a graphics card."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from models.errors import NoDevice

PROCESSOR = "cpu"


@contextmanager
def lent_to(network: nn.Module, device: str) -> Iterator[torch.device]:
    """Inside the block the network's parameters live on `device`; after it they are the processor's again.

    Raises:
        NoDevice: torch reaches no such device here.
    """
    there = _reached(device)
    network.to(there)
    try:
        yield there
    finally:
        network.to(PROCESSOR)


def _reached(device: str) -> torch.device:
    try:
        return torch.empty(1, device=device).device
    except (RuntimeError, NotImplementedError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise NoDevice(
            f"torch reaches no device {device!r} here ({reason:.120}): set CINELOOP_DEVICE to one that it does, "
            f"such as {PROCESSOR}, or unset it"
        ) from None
