"""The doctor's findings on state folders and machines in known condition."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from pipelines.cli.doctor import doctor

app = typer.Typer()
app.command()(doctor)


def findings(state: Path) -> dict[str, dict[str, object]]:
    said = CliRunner().invoke(app, ["--state", str(state), "--json"]).stdout
    return {finding["name"]: finding for finding in json.loads(said)}


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    (folder / "viewers").touch(mode=0o600)
    return folder


def test_keys_that_only_their_owner_can_read_are_well(tmp_path: Path, keys: Path) -> None:
    assert findings(tmp_path)["keys"]["ok"]


def test_a_key_that_others_can_read_is_named_with_the_command_that_closes_it(tmp_path: Path, keys: Path) -> None:
    (keys / "viewers").chmod(0o640)
    assert findings(tmp_path)["keys"] == {
        "name": "keys",
        "ok": False,
        "seen": f"others may read {keys / 'viewers'}",
        "cure": f"chmod go-rwx {keys / 'viewers'}",
    }


def test_anything_amiss_makes_the_exit_code_1(tmp_path: Path, keys: Path) -> None:
    keys.chmod(0o755)
    result = CliRunner().invoke(app, ["--state", str(tmp_path)])
    assert result.exit_code == 1
    assert f"✗ keys: others may read {keys}" in result.stdout
    assert f"→ chmod go-rwx {keys}" in result.stdout


def test_missing_jars_and_an_old_java_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CINELOOP_JARS", str(tmp_path))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    found = findings(tmp_path)
    assert (found["jars for kafka"]["ok"], found["jars for kafka"]["cure"]) == (False, "make setup")
    assert (found["Java"]["ok"], found["Java"]["seen"]) == (False, f"no Java that answers at {tmp_path}/bin/java")


def test_a_cluster_that_does_not_answer_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CINELOOP_BOOTSTRAP", "127.0.0.1:1")
    broker = findings(tmp_path)["broker"]
    assert not broker["ok"]
    assert "127.0.0.1:1" in str(broker["seen"])


def test_the_packages_of_this_environment_are_those_of_the_lock(tmp_path: Path) -> None:
    packages = findings(tmp_path)["packages"]
    assert packages["ok"], packages["seen"]
