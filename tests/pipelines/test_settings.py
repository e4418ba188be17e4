"""Which members cycles train is a setting, and a wrong one says what there is."""

import pytest

from pipelines.errors import BadSetting
from pipelines.settings import trained_members

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
