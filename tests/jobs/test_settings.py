"""Settings of the Spark jobs, as the environment gives them."""

import pytest

from jobs.errors import BadSetting
from jobs.settings import compiled


@pytest.mark.parametrize(("given", "how"), [("", "full"), ("full", "full"), ("quick", "quick")])
def test_code_is_compiled_as_far_as_is_said(given: str, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CINELOOP_COMPILED", given)
    assert compiled() == how


def test_another_word_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CINELOOP_COMPILED", "slow")
    with pytest.raises(BadSetting, match="CINELOOP_COMPILED is 'slow': set it to quick or full"):
        compiled()
