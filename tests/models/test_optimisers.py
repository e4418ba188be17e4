"""Torch's optimisers step as the formulas of their papers say, and go on from a kept state."""

import numpy as np
import pytest
import torch
from torch.optim import AdamW, Muon, Optimizer

from models.training.optimisers import rate_at, restore, step, training_state


def _parameter(seed: int = 0) -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.randn(6, 4, generator=torch.Generator().manual_seed(seed)))


def _gradients() -> list[torch.Tensor]:
    return [_parameter(seed).detach() for seed in (1, 2, 3)]


def _stepped(optimisers: dict[str, Optimizer], parameter: torch.nn.Parameter, gradients: list[torch.Tensor]) -> None:
    for gradient in gradients:
        parameter.grad = gradient.clone()
        step(optimisers, 0.01)


def test_adamw_moves_by_decay_and_by_the_mean_over_the_size_of_gradients() -> None:
    parameter, expected = _parameter(), _parameter().detach().double()
    _stepped({"adamw": AdamW([parameter], weight_decay=0.1)}, parameter, _gradients())
    mean = square = torch.zeros(6, 4, dtype=torch.float64)
    for number, gradient in enumerate(_gradients(), start=1):
        mean, square = 0.9 * mean + 0.1 * gradient.double(), 0.999 * square + 0.001 * gradient.double() ** 2
        size = (square / (1 - 0.999**number)).sqrt() + 1e-8
        expected = (1 - 0.01 * 0.1) * expected - 0.01 * mean / (1 - 0.9**number) / size
    torch.testing.assert_close(parameter.detach().double(), expected, rtol=0, atol=1e-6)
    assert parameter.grad is None


def test_muon_moves_by_decay_and_by_a_nearly_orthogonal_step_of_adamws_size() -> None:
    parameter, before = _parameter(), _parameter().detach()
    _stepped({"muon": Muon([parameter], weight_decay=0.1, adjust_lr_fn="match_rms_adamw")}, parameter, _gradients()[:1])
    moved = ((1 - 0.01 * 0.1) * before - parameter.detach()) / (0.01 * 0.2 * 6**0.5)
    sizes = torch.linalg.svdvals(moved)
    assert sizes.min() > 0.6 and sizes.max() < 1.3, "five rounds of Newton-Schulz bring singular values near 1"
    left, _, right = torch.linalg.svd(_gradients()[0], full_matrices=False)
    assert torch.cosine_similarity(moved.ravel(), (left @ right).ravel(), dim=0) > 0.95


@pytest.mark.parametrize("kind", [AdamW, Muon])
def test_a_restored_optimiser_goes_on_as_the_first_would_have(kind: type[Optimizer]) -> None:
    first, second, third = (torch.nn.ParameterList([_parameter()]) for _ in range(3))
    whole, begun, resumed = ({"one": kind(list(each))} for each in (first, second, third))  # type: ignore[call-arg]
    _stepped(whole, first[0], _gradients())
    _stepped(begun, second[0], _gradients()[:2])
    state = {name: np.ascontiguousarray(array) for name, array in training_state(second, begun).items()}
    restore(third, resumed, {**state, "losses": np.zeros(2)})
    _stepped(resumed, third[0], _gradients()[2:])
    assert torch.equal(first[0], third[0])


def test_the_rate_warms_up_and_falls_to_nothing() -> None:
    rates = [rate_at(2.0, share, 0.1) for share in (0.0, 0.05, 0.1, 0.5, 1.0)]
    assert rates[0] < rates[1] < rates[2] and rates[3] == pytest.approx(1.0) and rates[4] == pytest.approx(0.0)
