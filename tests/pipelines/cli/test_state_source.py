"""Who writes to the topics is settled once, and nobody is simulated on a cluster that is not ours."""

from pathlib import Path

import pytest

from tests.commands import cineloop


def test_the_audience_does_not_speak_to_a_cluster_of_somebody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CINELOOP_BOOTSTRAP", "127.0.0.1:1")
    refused = cineloop("run", "--once", "--state", str(tmp_path / "state"), check=False)
    assert refused.returncode == 1
    assert "WouldSimulate" in refused.stderr and "--live" in refused.stderr
    assert not (tmp_path / "state").exists()


def test_apps_and_files_do_not_both_speak(tmp_path: Path) -> None:
    refused = cineloop("run", "--live", "--data", str(tmp_path), check=False)
    assert refused.returncode == 2 and "exclude each other" in refused.stderr
