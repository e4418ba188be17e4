"""Networks are trained on the device that is asked for, and belong to the processor afterwards."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from models.errors import NoDevice
from models.journal import Journal
from models.recommenders.sequence import SequenceEncoder
from models.scripts.characters import Characters
from tests.models.audiences import two_groups
from tests.models.script_pieces import pieces

CARD = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch reaches no graphics card here")


def encoder(device: str) -> SequenceEncoder:
    model = SequenceEncoder()
    model.journal = Journal(device=device)
    return model.fit(two_groups())


def writer(device: str) -> Characters:
    model = Characters(width=32, blocks=1, heads=2, context=128, counted=(128, 512, 512), steps=300, rate=1e-2)
    model.journal = Journal(device=device)
    return model.fit(pieces())


@pytest.mark.parametrize("learned", [encoder, writer])
def test_a_device_that_is_not_there_is_told_with_its_remedy(learned: Callable[[str], object]) -> None:
    with pytest.raises(NoDevice, match=r"no device 'cuda:99' here .*CINELOOP_DEVICE"):
        learned("cuda:99")


@CARD
def test_an_encoder_learns_as_much_on_a_card() -> None:
    listed = encoder("cuda").recommend(["viewer-00", "viewer-01"], two_groups(), 4)
    assert listed["film_id"].str.startswith("comedy").tolist() == [True] * 4 + [False] * 4


@CARD
def test_a_writer_learns_as_much_on_a_card() -> None:
    ours, theirs = (np.array(writer(device).trained.losses)[-20:] for device in ("cuda", "cpu"))
    assert ours.mean() == pytest.approx(theirs.mean(), abs=0.1)
