"""Counts as a network's input: what they say is known by hand, and in training a window does not see its own."""

import math

import pytest
import torch
from torch import Tensor, nn

from models.scripts.counts import CountEmbedding

TOKENS, ROWS = 6, (16, 64)
TEXT = [1, 2, 1, 2, 1, 3, 1, 2]


@pytest.fixture
def counts() -> CountEmbedding:
    """Its vectors are what it reads in the counts: after one token, then after two."""
    made = CountEmbedding(TOKENS, len(ROWS) * TOKENS, ROWS)
    nn.init.zeros_(made.own.weight)
    nn.init.eye_(made.mixture.weight)
    return made


@torch.no_grad()
def read(counts: CountEmbedding, tokens: list[int]) -> Tensor:
    """(length, tables, tokens)."""
    return counts(torch.tensor([tokens]))[0].view(-1, len(ROWS), TOKENS)


def test_each_count_moves_the_estimate_before_it(counts: CountEmbedding) -> None:
    counts.count(torch.tensor(TEXT))
    counts.eval()
    one, two = read(counts, [2, 1])[-1].exp()
    even = 1 / TOKENS
    after_1 = [(times + 2 * even) / (4 + 2) for times in (0, 0, 3, 1, 0, 0)]  # two kinds, four times
    assert (one * even).tolist() == pytest.approx(after_1)
    after_2_1 = [(times + 2 * before) / (2 + 2) for times, before in zip((0, 0, 1, 1, 0, 0), after_1, strict=True)]
    assert (two * one * even).tolist() == pytest.approx(after_2_1)


def test_what_was_never_seen_says_nothing(counts: CountEmbedding) -> None:
    counts.count(torch.tensor(TEXT))
    assert read(counts.eval(), [5, 4]).abs().max() < 1e-5


def test_in_training_a_window_does_not_see_its_own_counts(counts: CountEmbedding) -> None:
    counts.count(torch.tensor(TEXT))
    assert read(counts.train(), TEXT).abs().max() < 1e-5, "the text is the window, and nothing is left"
    counts.count(torch.tensor([*TEXT, 0, *TEXT]))
    twice = read(counts, TEXT)[0, 0]
    assert twice.argmax() == 2 and twice[2] > math.log(2), "what stands elsewhere is left"
    assert not read(counts, TEXT)[-1].any(), "what follows the last token is not known, and cannot be left out"


def test_counts_are_not_learned(counts: CountEmbedding) -> None:
    assert {name for name, each in counts.named_parameters() if each.requires_grad} == {"own.weight", "mixture.weight"}
