"""Which members cycles train, and for how long, are settings, and a wrong one says what to set."""

import pytest

from pipelines.errors import BadSetting
from pipelines.settings import epochs, trained_members

_KNOWN = ("als", "blend", "popularity")


@pytest.mark.parametrize(
    ("given", "names"),
    [("", ["als", "blend", "popularity"]), ("blend", ["blend"]), (" popularity, als,als", ["als", "popularity"])],
)
def test_cycles_train_the_members_that_are_named(given: str, names: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CINELOOP_MEMBERS", given)
    assert trained_members(_KNOWN) == names


def test_an_unknown_member_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CINELOOP_MEMBERS", "blend,oracle")
    with pytest.raises(BadSetting, match="names oracle: name some of als, blend, popularity"):
        trained_members(_KNOWN)


@pytest.mark.parametrize("wrong", ["0", "-3", "many", "2.5"])
def test_epochs_are_whole_and_some(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert epochs() == 4
    monkeypatch.setenv("CINELOOP_EPOCHS", wrong)
    with pytest.raises(BadSetting, match="a whole number from 1 up"):
        epochs()
