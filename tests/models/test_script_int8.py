"""Layers of int8: nearly the products of the trained layers, few rows alone as few rows together."""

import pytest
import torch

from models.scripts.int8 import int8_state, use_int8_layers


@pytest.mark.parametrize("bias", [True, False])
def test_a_few_rows_give_nearly_what_they_give_among_many(bias: bool) -> None:
    torch.manual_seed(0)
    trained, small = (torch.nn.Sequential(torch.nn.Linear(192, 577, bias)) for _ in range(2))
    use_int8_layers(small)
    small.load_state_dict(int8_state(trained))
    rows = torch.randn(32, 192)
    with torch.no_grad():
        many, alone = small(rows), torch.cat([small(row) for row in rows.split(1)])
        assert small(rows.view(2, 16, 192)).shape == (2, 16, 577)
        assert torch.equal(torch.cat([small(few) for few in rows.split(4)]), alone), "these do not depend on each other"
    assert not torch.equal(many, alone), "few go another way"
    torch.testing.assert_close(alone, many, rtol=0, atol=0.02)
    torch.testing.assert_close(many, trained(rows).detach(), rtol=0, atol=0.02)


def test_an_embedding_and_a_row_of_zeros_are_kept() -> None:
    torch.manual_seed(0)
    trained, small = (torch.nn.Sequential(torch.nn.Embedding(50, 32)) for _ in range(2))
    trained[0].weight.data[3] = 0.0
    use_int8_layers(small)
    small.load_state_dict(int8_state(trained))
    torch.testing.assert_close(small(torch.arange(50)), trained[0].weight.detach(), rtol=0, atol=0.02)
    assert small(torch.tensor([3])).count_nonzero() == 0
