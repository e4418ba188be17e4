"""Makes torch deterministic for a while: forks and seeds its generator, and keeps it to one thread."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

_GENERATOR = threading.RLock()  # torch has one a process: threads that train take turns


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Inside the block torch draws from a generator of this seed; the caller's state is restored at its end."""
    cards = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()
    with _GENERATOR, torch.random.fork_rng(devices=cards):
        torch.manual_seed(seed)
        yield


@contextmanager
def one_thread() -> Iterator[None]:
    """Inside the block torch uses one thread: split sums differ in last digits, and on busy cores threads wait."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
