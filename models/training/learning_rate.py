"""How fast a network learns as its training goes on."""

import math


def learning_rate(peak: float, share: float, warm_up: float) -> float:
    """A short warm-up, then half a cosine down to 0 (Loshchilov, Hutter 2017).

    Args:
        peak: the rate that the warm-up ends at.
        share: of the training, what lies behind us.
        warm_up: the share of the training that it takes.
    """
    return peak * min(1.0, (share + 1e-3) / warm_up) * (1 + math.cos(math.pi * share)) / 2
