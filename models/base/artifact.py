"""The one place where models read and write files: arrays, frames and JSON below a folder, with a manifest.

An artifact is a folder with a `manifest.json` that names the model, the format and the SHA-256 of every other
file. It is written beside its destination and renamed at the end, so that a killed save leaves nothing half.
Nothing here can run code on reading: safetensors, parquet, JSON and what a library writes as such.
"""

import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors.numpy import load_file, save_file

from models.base.errors import BadArtifact

FORMAT = 1
MANIFEST = "manifest.json"
_CURE = "Restore it from its registry, or train the model anew and save it to an empty folder."


@dataclass(frozen=True)
class Artifact:
    """A folder of model files, addressed by names without endings."""

    folder: Path

    def write_json(self, name: str, value: Any) -> None:
        """Write `value` as `name`.json, keys sorted."""
        text = json.dumps(value, indent=1, sort_keys=True) + "\n"
        (self.folder / f"{name}.json").write_text(text, encoding="utf-8")

    def read_json(self, name: str) -> Any:
        """Read what `write_json` wrote."""
        return json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))

    def write_arrays(self, name: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Write named arrays of any shape as `name`.safetensors."""
        contiguous = {key: np.ascontiguousarray(array) for key, array in arrays.items()}
        save_file(contiguous, self.folder / f"{name}.safetensors")

    def read_arrays(self, name: str) -> dict[str, np.ndarray]:
        """Read what `write_arrays` wrote."""
        return load_file(self.folder / f"{name}.safetensors")

    def write_frame(self, name: str, frame: pd.DataFrame) -> None:
        """Write a frame, without its index, as `name`.parquet."""
        frame.to_parquet(self.folder / f"{name}.parquet", index=False)

    def read_frame(self, name: str) -> pd.DataFrame:
        """Read what `write_frame` wrote."""
        return pd.read_parquet(self.folder / f"{name}.parquet")


@contextmanager
def writing(folder: Path, model: str) -> Iterator[Artifact]:
    """Write the artifact of `model` to `folder`, which appears whole at the end of the block or not at all.

    An artifact that stands there already is replaced; an empty folder is filled.

    Raises:
        BadArtifact: `folder` holds files that are no artifact, and would be lost.
    """
    _refuse_foreign_folder(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as work:
        draft = Artifact(Path(work) / "draft")
        draft.folder.mkdir()
        yield draft
        draft.write_json("manifest", {"format": FORMAT, "model": model, "files": _hashes_of_files(draft.folder)})
        if folder.exists():
            folder.rename(Path(work) / "replaced")
        draft.folder.rename(folder)


def reading(folder: Path, model: str) -> Artifact:
    """Read and check every file of the artifact of `model` at `folder` against the manifest; returns the artifact.

    Raises:
        BadArtifact: the folder is torn (a file is missing or has changed), foreign (no manifest, or one of
            another format), or of another model.
    """
    manifest = _read_manifest(folder)
    if manifest["model"] != model:
        raise BadArtifact(
            f"{folder} holds the model {manifest['model']!r}, but {model!r} was asked for. "
            f"Load it with the family's loader, which reads the name from the artifact."
        )
    _refuse_changed_files(folder, manifest["files"])
    return Artifact(folder)


def model_name(folder: Path) -> str:
    """Read the name of the model that wrote the artifact at `folder`; raises BadArtifact where none did."""
    return str(_read_manifest(folder)["model"])


def check(folder: Path) -> None:
    """Read every file of the artifact at `folder`; raises BadArtifact where one is missing or has changed."""
    _refuse_changed_files(folder, _read_manifest(folder)["files"])


def digest(folder: Path) -> str:
    """SHA-256 of the manifest file, hence of all files; raises BadArtifact where there is no manifest."""
    _read_manifest(folder)
    return _sha256(folder / MANIFEST)


def _read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of `folder`; raises BadArtifact where there is none of this format."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as missing:
        raise BadArtifact(f"{path} is missing: {folder} holds no saved model. {_CURE}") from missing
    except ValueError as torn:
        raise BadArtifact(f"{path} is no JSON ({torn}): the artifact is torn. {_CURE}") from torn
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT or "model" not in manifest:
        raise BadArtifact(f"{path} is not a manifest of format {FORMAT}: the folder is foreign. {_CURE}")
    return manifest


def _refuse_changed_files(folder: Path, expected: dict[str, str]) -> None:
    """Read and hash the expected files; raises BadArtifact where one is missing or has changed."""
    for name, digest in expected.items():
        path = folder / name
        if not path.is_file():
            raise BadArtifact(f"{path} is missing, but the manifest names it: the artifact is torn. {_CURE}")
        if _sha256(path) != digest:
            raise BadArtifact(f"{path} differs from its hash in the manifest: the artifact is torn. {_CURE}")


def _refuse_foreign_folder(folder: Path) -> None:
    """Raises BadArtifact where `folder` holds files but no manifest: saving would lose them."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise BadArtifact(f"{folder} holds files that no model saved. Save to a new or an empty folder.")


def _hashes_of_files(folder: Path) -> dict[str, str]:
    """Read all files below `folder`: relative path → SHA-256."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): _sha256(path) for path in files}


def _sha256(path: Path) -> str:
    """Read a file and hash it, in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
