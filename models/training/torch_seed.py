"""Torch's source of chance, borrowed for a while."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

_SOURCE = threading.RLock()  # Torch has one a process: threads that train take turns


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Chance of our own inside the block: it hangs on the seed alone, and the caller's is left as it was."""
    cards = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()
    with _SOURCE, torch.random.fork_rng(devices=cards):
        torch.manual_seed(seed)
        yield
