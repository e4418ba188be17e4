"""Which members cycles train, and for how long, are settings, and a wrong one says what to set."""

from datetime import date

import pytest

from pipelines.platform.errors import BadSetting
from pipelines.platform.settings import effort, history_from, trained_members

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


@pytest.mark.parametrize("name", ["CINELOOP_EPOCHS", "CINELOOP_WIDTH"])
@pytest.mark.parametrize("wrong", ["0", "-3", "many", "2.5"])
def test_effort_is_whole_and_some(name: str, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert effort() == {"epochs": 3, "width": 64}
    monkeypatch.setenv(name, wrong)
    with pytest.raises(BadSetting, match=f"{name} .* a whole number from 1 up"):
        effort()


@pytest.mark.parametrize("wrong", ["16", "96"])
def test_a_width_is_a_power_of_two(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CINELOOP_WIDTH", wrong)
    with pytest.raises(BadSetting, match=f"CINELOOP_WIDTH is {wrong}: set it to a power of two from 32 up"):
        effort()


@pytest.mark.parametrize(
    ("given", "begins"), [("", "2000-01-03"), ("2015-01-05", "2015-01-05"), ("2015-01-01", "2015-01-05")]
)
def test_history_begins_on_a_monday(given: str, begins: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CINELOOP_HISTORY_FROM", given)
    assert history_from() == date.fromisoformat(begins)


def test_history_begins_on_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CINELOOP_HISTORY_FROM", "once")
    with pytest.raises(BadSetting, match="CINELOOP_HISTORY_FROM is 'once': set it to a day such as 2000-01-03"):
        history_from()
