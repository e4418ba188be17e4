"""Networks are trained on the device that is asked for, and belong to the processor afterwards."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from models.base.errors import NoDevice
from models.recommenders.sequence import SequenceEncoder
from models.scripts.characters import Characters
from tests.models.audiences import two_groups
from tests.models.script_pieces import pieces

CARD = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch reaches no graphics card here")


def encoder() -> SequenceEncoder:
    return SequenceEncoder().fit(two_groups())


def writer() -> Characters:
    model = Characters(width=32, blocks=1, heads=2, context=128, counted=(128, 512, 512), steps=300, rate=1e-2)
    return model.fit(pieces())


@pytest.mark.parametrize("learned", [encoder, writer])
def test_a_device_that_is_not_there_is_told_with_its_remedy(
    learned: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CINELOOP_DEVICE", "cuda:99")
    with pytest.raises(NoDevice, match=r"no device 'cuda:99' here .*CINELOOP_DEVICE"):
        learned()


def test_a_model_that_was_loaded_is_taught_on_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder().save(tmp_path / "encoder")
    loaded = SequenceEncoder.load(tmp_path / "encoder")
    monkeypatch.setenv("CINELOOP_DEVICE", "cuda:99")
    with pytest.raises(NoDevice):
        loaded.refit(two_groups())


@CARD
def test_an_encoder_learns_as_much_on_a_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CINELOOP_DEVICE", "cuda")
    listed = encoder().recommend(["viewer-00", "viewer-01"], two_groups(), 4)
    assert listed["film_id"].str.startswith("comedy").tolist() == [True] * 4 + [False] * 4


@CARD
def test_a_writer_learns_as_much_on_a_card(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = np.array(writer().losses)[-20:]
    monkeypatch.setenv("CINELOOP_DEVICE", "cuda")
    ours = np.array(writer().losses)[-20:]
    assert ours.mean() == pytest.approx(theirs.mean(), abs=0.1)
