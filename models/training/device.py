"""The device that networks are trained on, wherever one is trained: the processor, or a graphics card."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from models.base.errors import NoDevice

_PROCESSOR = "cpu"


@contextmanager
def to_train(network: nn.Module) -> Iterator[None]:
    """Inside the block the network is moved to the device that `CINELOOP_DEVICE` names, after it to the processor.

    It is named as torch names it, such as cuda; by default it is the processor.

    Raises:
        NoDevice: torch reaches no such device here.
    """
    network.to(_reached(os.environ.get("CINELOOP_DEVICE", "") or _PROCESSOR))
    try:
        yield
    finally:
        network.to(_PROCESSOR)


def _reached(device: str) -> torch.device:
    """The device of this name, tried with a small tensor; raises NoDevice where torch does not reach it."""
    try:
        return torch.empty(1, device=device).device
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise NoDevice(
            f"torch reaches no device {device!r} here ({reason:.120}): set CINELOOP_DEVICE to one that it does, "
            f"such as {_PROCESSOR}, or unset it"
        ) from None
