"""Saved models: whole, recognised, and never half written."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from models.base import artifact
from models.base.errors import BadArtifact
from tests.commands import REPOSITORY

ARRAYS = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([], dtype=np.int64)}
FRAME = pd.DataFrame({"film_id": ["1", "ü", ""], "score": [0.5, np.nan, -1.0]})


def _write(folder: Path, model: str = "example") -> Path:
    with artifact.writing(folder, model) as files:
        files.write_json("settings", {"half_life": 3.5, "genres": ["Été"]})
        files.write_arrays("learned", ARRAYS)
        files.write_frame("films", FRAME)
    return folder


def test_what_was_written_is_read(tmp_path: Path) -> None:
    files = artifact.reading(_write(tmp_path / "deep" / "model"), "example")
    assert files.read_json("settings") == {"half_life": 3.5, "genres": ["Été"]}
    assert_frame_equal(files.read_frame("films"), FRAME)
    read = files.read_arrays("learned")
    assert read.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(read[name], array)
        assert read[name].dtype == array.dtype


def test_an_array_is_kept_as_it_looks_and_not_as_it_lies(tmp_path: Path) -> None:
    with artifact.writing(tmp_path / "model", "example") as files:
        files.write_arrays("learned", {"turned": ARRAYS["a"].T, "every_other": np.arange(10)[::2]})
    read = artifact.reading(tmp_path / "model", "example").read_arrays("learned")
    np.testing.assert_array_equal(read["turned"], ARRAYS["a"].T)
    np.testing.assert_array_equal(read["every_other"], [0, 2, 4, 6, 8])


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    manifests = [(_write(tmp_path / name) / "manifest.json").read_bytes() for name in ("one", "two")]
    assert manifests[0] == manifests[1]


@pytest.mark.parametrize("victim", ["settings.json", "learned.safetensors", "films.parquet"])
@pytest.mark.parametrize("harm", ["shorter", "flipped", "missing"])
def test_a_torn_file_is_named(tmp_path: Path, victim: str, harm: str) -> None:
    path = _write(tmp_path / "model") / victim
    content = path.read_bytes()
    path.write_bytes(content[:-1] if harm == "shorter" else bytes([content[0] ^ 1]) + content[1:])
    if harm == "missing":
        path.unlink()
    with pytest.raises(BadArtifact, match=rf"{victim}.*torn.*Restore it from its registry, or train"):
        artifact.reading(tmp_path / "model", "example")


def test_a_folder_without_a_manifest_is_foreign(tmp_path: Path) -> None:
    with pytest.raises(BadArtifact, match=r"manifest\.json is missing"):
        artifact.model_name(tmp_path)
    with pytest.raises(BadArtifact, match=r"manifest\.json is missing"):
        artifact.reading(tmp_path / "nowhere", "example")


@pytest.mark.parametrize("text", ["[]", "{}", '{"format": 1}', '{"format": 2, "model": "example", "files": {}}'])
def test_a_manifest_of_another_format_is_foreign(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(BadArtifact, match="not a manifest of format 1"):
        artifact.reading(tmp_path, "example")


def test_a_manifest_cut_short_is_torn(tmp_path: Path) -> None:
    path = _write(tmp_path / "model") / "manifest.json"
    path.write_text(path.read_text()[:20])
    with pytest.raises(BadArtifact, match=r"manifest\.json is no JSON"):
        artifact.reading(tmp_path / "model", "example")


def test_another_model_is_refused_by_name(tmp_path: Path) -> None:
    folder = _write(tmp_path / "model", "transitions")
    with pytest.raises(BadArtifact, match="holds the model 'transitions', but 'als' was asked for"):
        artifact.reading(folder, "als")
    assert artifact.model_name(folder) == "transitions"


def test_what_is_not_ours_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(BadArtifact, match="no model saved"):
        _write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_failed_save_leaves_what_stood_there(tmp_path: Path) -> None:
    _write(tmp_path / "model")
    with pytest.raises(ZeroDivisionError), artifact.writing(tmp_path / "model", "example") as files:
        files.write_json("settings", {"half_life": 0})
        raise ZeroDivisionError
    settings = artifact.reading(tmp_path / "model", "example").read_json("settings")
    assert settings["half_life"] == 3.5
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.fault
def test_a_save_killed_in_the_middle_leaves_nothing_half(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from models.base import artifact\n"
        "with artifact.writing(Path(sys.argv[1]), 'example') as files:\n"
        "    files.write_json('settings', {})\n"
        "    print(files.folder / 'settings.json', flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "model")]
    killed = subprocess.run(command, cwd=REPOSITORY, env={**os.environ}, stdout=subprocess.PIPE, text=True, check=False)
    assert killed.returncode == -9
    assert json.loads(Path(killed.stdout.strip()).read_text()) == {}
    assert not (tmp_path / "model").exists()
    _write(tmp_path / "model")
    assert artifact.reading(tmp_path / "model", "example").read_json("settings")["half_life"] == 3.5
